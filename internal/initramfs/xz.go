package initramfs

import "io"

// xzStream is one stream (the .xz file format, 2.1). Its blocks are made of
// LZMA2's chunks, which say their sizes.
func xzStream(in *input) io.Reader {
	s := &xz{}
	s.next = s.start
	return &frames{in: in, step: func(f *frames) (int64, error) { return s.next(f) }}
}

// xz is how far one stream is read.
type xz struct {
	next  func(f *frames) (int64, error)
	check int   // bytes of the check after each block
	size  int64 // of the block so far
}

func (s *xz) start(f *frames) (int64, error) {
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

// block takes the header of a block; the index begins with a size of 0.
func (s *xz) block(f *frames) (int64, error) {
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

// chunk takes the head of one of LZMA2's chunks.
func (s *xz) chunk(f *frames) (int64, error) {
	head, err := f.take(1)
	if err != nil {
		return 0, err
	}
	s.size++
	control, rest := head[0], 0
	switch {
	case control == 0: // the last
		s.next = s.block
		return padded(s.size) - s.size + int64(s.check), nil
	case control == 1, control == 2: // as it is
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
		head = head[2:] // the size unpacked stands in front
	}
	body := int64(head[0])<<8 + int64(head[1]) + 1
	s.size += int64(rest) + body
	return body, nil
}

// maxXZBlocks bounds the index.
const maxXZBlocks = 1 << 16

// index takes what follows the index's first byte.
func (s *xz) index(f *frames) error {
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

// number takes an integer of variable length.
func (s *xz) number(f *frames) (value uint64, size int64, err error) {
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

// end takes the stream's footer.
func (s *xz) end(f *frames) (int64, error) {
	const footer = 12
	s.next = func(*frames) (int64, error) { return 0, io.EOF }
	_, err := f.take(footer)
	return 0, err
}
