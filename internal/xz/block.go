package xz

import (
	"errors"
	"io"
)

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
	var last []byte // the properties of the last filter
	for range int(flags&3) + 1 {
		var id, properties uint64
		if id, fields, err = number(fields); err == nil {
			properties, fields, err = number(fields)
		}
		if err != nil || properties > uint64(len(fields)) || id == idX86 && properties > 0 {
			return ErrFormat
		}
		last, fields = fields[:properties], fields[properties:]
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
	window, ok := dictionary(last)
	if !ok {
		return ErrFormat
	}
	r.lzma.begin(window)
	r.within = true
	return nil
}

// dictionary returns how far back matches may refer, from the properties of LZMA2: one byte, which is twice
// the power of two, with the lowest bit for the half more.
func dictionary(properties []byte) (window int, ok bool) {
	const largest = 40
	if len(properties) != 1 || properties[0] > largest {
		return 0, false
	}
	b := uint(properties[0])
	return int(min(uint64(2|b&1)<<(b/2+11), Window)), true
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
	r.within = false
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
