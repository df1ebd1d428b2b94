package xz

import (
	"bufio"
	"io"
)

// lzma2 decodes the chunks of a block.
type lzma2 struct {
	in      *bufio.Reader
	read    int64 // bytes of the block
	history []byte
	reset   bool // a chunk has reset the dictionary
	ready   bool // a chunk has set the properties
	lzma    lzma
	packed  []byte
}

func newLZMA2(in *bufio.Reader) *lzma2 { return &lzma2{in: in} }

// take reads n bytes.
func (l *lzma2) take(n int) ([]byte, error) {
	if cap(l.packed) < n {
		l.packed = make([]byte, n)
	}
	b := l.packed[:n]
	if _, err := io.ReadFull(l.in, b); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	l.read += int64(n)
	return b, nil
}

// chunk decodes a chunk. What it returns is valid until the next call; the error is io.EOF after the last
// one.
func (l *lzma2) chunk() ([]byte, error) {
	head, err := l.take(1)
	if err != nil {
		return nil, err
	}
	control := head[0]
	if control == 0 {
		return nil, io.EOF
	}
	if control == 1 || control >= 0xe0 {
		l.reset, l.ready, l.history, l.lzma.position = true, false, l.history[:0], 0
	}
	if !l.reset || control > 2 && control < 0x80 {
		return nil, ErrFormat
	}
	if len(l.history) > 2*Window {
		l.history = l.history[:copy(l.history, l.history[len(l.history)-Window:])]
	}
	if control < 0x80 {
		return l.plain()
	}
	return l.compressed(control)
}

// plain reads a chunk that is not compressed.
func (l *lzma2) plain() ([]byte, error) {
	head, err := l.take(2)
	if err != nil {
		return nil, err
	}
	b, err := l.take(int(head[0])<<8 + int(head[1]) + 1)
	if err != nil {
		return nil, err
	}
	from := len(l.history)
	l.history = append(l.history, b...)
	l.lzma.position += uint32(len(b))
	return l.history[from:], nil
}

// compressed decodes a chunk of LZMA.
func (l *lzma2) compressed(control byte) ([]byte, error) {
	head, err := l.take(4)
	if err != nil {
		return nil, err
	}
	size := int(control&0x1f)<<16 + int(head[0])<<8 + int(head[1]) + 1
	packed := int(head[2])<<8 + int(head[3]) + 1
	switch {
	case control >= 0xc0:
		properties, err := l.take(1)
		if err != nil {
			return nil, err
		}
		if !l.lzma.set(properties[0]) {
			return nil, ErrFormat
		}
		l.ready = true
	case !l.ready:
		return nil, ErrFormat
	case control >= 0xa0:
		l.lzma.resetState()
	}
	b, err := l.take(packed)
	if err != nil {
		return nil, err
	}
	from := len(l.history)
	if l.history, err = l.lzma.decode(b, l.history, size); err != nil {
		return nil, err
	}
	return l.history[from:], nil
}
