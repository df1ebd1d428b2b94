package xz

import (
	"bufio"
	"errors"
	"hash/crc32"
	"io"
)

// Window is how far back a match may refer, in bytes. A file may name a larger dictionary, as those of
// Linux do, if it does not use it.
const Window = 64 << 20

// ErrFormat means that the data is not in the .xz format, or uses a part of it that is not known.
var ErrFormat = errors.New("malformed .xz data, or with an unknown filter")

// Reader decompresses one stream. It reads ahead.
type Reader struct {
	in     *bufio.Reader
	check  int    // of the stream: its number
	rest   []byte // decompressed, and not returned yet
	lzma   *lzma2 // nil between blocks
	filter *x86   // nil without it
	begun  bool
	sum    uint32 // of the block
	err    error
}

// NewReader returns a reader of what a stream decompresses to.
func NewReader(packed io.Reader) *Reader { return &Reader{in: bufio.NewReader(packed)} }

// Read returns decompressed bytes. The error is io.EOF after the stream, ErrFormat, or that of reading.
func (r *Reader) Read(p []byte) (n int, err error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.rest, r.err = r.next()
		if errors.Is(r.err, io.ErrUnexpectedEOF) {
			r.err = ErrFormat
		}
	}
	n = copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// next decompresses one chunk, or reads what is between chunks.
func (r *Reader) next() ([]byte, error) {
	switch {
	case !r.begun:
		return nil, r.start()
	case r.lzma == nil:
		return nil, r.block()
	}
	chunk, err := r.lzma.chunk()
	last := errors.Is(err, io.EOF)
	if err != nil && !last {
		return nil, err
	}
	if r.filter != nil {
		chunk = r.filter.decode(chunk, last)
	}
	r.sum = crc32.Update(r.sum, crc32.IEEETable, chunk)
	if last {
		return chunk, r.endBlock()
	}
	return chunk, nil
}

// take returns the next n bytes.
func (r *Reader) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r.in, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// start reads the header of the stream.
func (r *Reader) start() error {
	const magic, header = "\xfd7zXZ\x00\x00", 12
	b, err := r.take(header)
	if err == nil && (string(b[:len(magic)]) != magic || b[7] > 15) {
		err = ErrFormat
	}
	if err == nil {
		r.begun, r.check = true, int(b[7])
	}
	return err
}

// The filters.
const (
	idX86   = 0x04
	idLZMA2 = 0x21
)

// block reads the header of a block. An index, of which the first byte is 0, ends the stream.
func (r *Reader) block() error {
	size, err := r.in.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case size == 0:
		return io.EOF
	}
	header, err := r.take(4*(int(size)+1) - 1)
	if err != nil {
		return err
	}
	flags, fields := header[0], header[1:len(header)-4]
	for _, present := range [...]bool{flags&0x40 != 0, flags&0x80 != 0} { // the sizes of the block
		if present {
			if _, fields, err = number(fields); err != nil {
				return err
			}
		}
	}
	var ids []uint64
	for range int(flags&3) + 1 {
		var id, properties uint64
		if id, fields, err = number(fields); err == nil {
			properties, fields, err = number(fields)
		}
		if err != nil || properties > uint64(len(fields)) || id == idX86 && properties > 0 {
			return ErrFormat
		}
		fields = fields[properties:]
		ids = append(ids, id)
	}
	r.filter, r.sum = nil, 0
	switch {
	case len(ids) == 1 && ids[0] == idLZMA2:
	case len(ids) == 2 && ids[0] == idX86 && ids[1] == idLZMA2:
		r.filter = &x86{}
	default:
		return ErrFormat
	}
	r.lzma = newLZMA2(r.in)
	return nil
}

// number reads an integer of variable length.
func number(b []byte) (value uint64, rest []byte, err error) {
	for i := 0; i < len(b) && i < 9; i++ {
		value |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return value, b[i+1:], nil
		}
	}
	return 0, nil, ErrFormat
}

// endBlock reads what follows the data of a block: padding, and the check.
func (r *Reader) endBlock() error {
	padding := int(-r.lzma.read & 3)
	r.lzma = nil
	size := 0
	if r.check > 0 {
		size = 4 << ((r.check - 1) / 3)
	}
	b, err := r.take(padding + size)
	if err != nil {
		return err
	}
	const crc = 1
	if b = b[padding:]; r.check == crc && uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24 != r.sum {
		return ErrFormat
	}
	return nil
}
