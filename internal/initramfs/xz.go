package initramfs

import "io"

// xzStream reads one stream (the .xz file format, 2.1). Its blocks consist of LZMA2
// chunks, which have their sizes in a header.
func xzStream(in *input) io.Reader {
	s := &xzState{}
	s.next = s.start
	return &frames{in: in, step: func(f *frames) (int64, error) { return s.next(f) }}
}

// xzState is the state of reading one stream.
type xzState struct {
	next  func(f *frames) (int64, error)
	check int   // bytes of the check after each block
	size  int64 // of the block so far
}

func (s *xzState) start(f *frames) (int64, error) {
	const header = 12 // magic number, flags, CRC
	head, err := f.take(header)
	if err != nil {
		return 0, err
	}
	if kind := int(head[7] & 15); kind > 0 {
		s.check = 4 << ((kind - 1) / 3)
	}
	s.next = s.block
	return 0, nil
}

// block reads the header of a block, or the index, which begins with a size of 0.
func (s *xzState) block(f *frames) (int64, error) {
	size, err := f.take(1)
	if err != nil {
		return 0, err
	}
	if size[0] == 0 {
		s.next = s.end
		return 0, s.index(f)
	}
	s.size = 4 * (int64(size[0]) + 1)
	s.next = s.chunk
	return s.size - 1, nil
}

// chunk reads the header of an LZMA2 chunk.
func (s *xzState) chunk(f *frames) (int64, error) {
	head, err := f.take(1)
	if err != nil {
		return 0, err
	}
	s.size++
	control, rest := head[0], 0
	switch {
	case control == 0: // the end
		s.next = s.block
		return padded(s.size) - s.size + int64(s.check), nil
	case control == 1, control == 2: // uncompressed
		rest = 2
	case control >= 0xc0: // with new properties
		rest = 5
	case control >= 0x80:
		rest = 4
	default:
		return 0, errXZ
	}
	head, err = f.take(rest)
	if err != nil {
		return 0, err
	}
	if rest > 2 {
		head = head[2:] // the uncompressed size comes first
	}
	body := int64(head[0])<<8 + int64(head[1]) + 1
	s.size += int64(rest) + body
	return body, nil
}

// maxXZBlocks bounds the number of blocks in the index.
const maxXZBlocks = 1 << 16

// index reads the index after its first byte.
func (s *xzState) index(f *frames) error {
	records, size, err := s.number(f)
	if err != nil {
		return err
	}
	if records > maxXZBlocks {
		return errXZ
	}
	size++
	for range 2 * records {
		_, n, err := s.number(f)
		if err != nil {
			return err
		}
		size += n
	}
	const crc = 4
	_, err = f.take(int(padded(size) - size + crc))
	return err
}

// number reads an integer of variable length.
func (s *xzState) number(f *frames) (value uint64, size int64, err error) {
	for shift := 0; shift < 63; shift += 7 {
		b, err := f.take(1)
		if err != nil {
			return 0, 0, err
		}
		size++
		value |= uint64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			return value, size, nil
		}
	}
	return 0, 0, errXZ
}

// end reads the stream's footer.
func (s *xzState) end(f *frames) (int64, error) {
	const footer = 12
	s.next = func(*frames) (int64, error) { return 0, io.EOF }
	_, err := f.take(footer)
	return 0, err
}
