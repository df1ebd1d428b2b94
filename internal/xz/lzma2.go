package xz

import (
	"bufio"
	"io"
)

// largestChunk is how much a chunk has at most, in bytes.
const largestChunk = 2 << 20

// lzma2 decodes the chunks of one block after another.
type lzma2 struct {
	in      *bufio.Reader
	read    int64  // bytes of the block
	history []byte // what was decoded last: at least the window
	window  int    // how far back a match may refer
	reset   bool   // a chunk has reset the dictionary
	ready   bool   // a chunk has set the properties
	lzma    lzma
	packed  []byte
}

// begin begins a block. The memory stays.
func (l *lzma2) begin(window int) {
	l.read, l.history, l.window, l.lzma.window = 0, l.history[:0], window, window
	l.reset, l.ready = false, false
}

// room makes room for n more bytes of history. It grows by doubling up to a quarter more than the window,
// and then only what is in the window stays.
func (l *lzma2) room(n int) {
	most := l.window + l.window/4 + largestChunk
	switch have := len(l.history); {
	case have+n <= cap(l.history):
	case have+n <= most:
		l.history = append(make([]byte, 0, min(max(2*cap(l.history), have+n), most)), l.history...)
	default:
		kept := min(have, l.window)
		l.history = l.history[:copy(l.history, l.history[have-kept:])]
		l.room(n)
	}
}

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
	l.room(len(b))
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
	l.room(size)
	from := len(l.history)
	if l.history, err = l.lzma.decode(b, l.history, size); err != nil {
		return nil, err
	}
	return l.history[from:], nil
}
