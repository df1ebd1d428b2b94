package xz

import (
	"bufio"
	"context"
	"errors"
	"hash/crc32"
	"io"

	"github.com/xenpci/xenpci/internal/interrupt"
)

// Window is how far back a match may refer at most, in bytes; the dictionary that a file names may be
// smaller. It may name a larger one, as those of Linux do, if it does not use it.
const Window = 64 << 20

// ErrFormat means that the data is not in the .xz format, or uses a part of it that is not known.
var ErrFormat = errors.New("malformed .xz data, or with an unknown filter")

// Reader decompresses one stream. It reads ahead.
type Reader struct {
	in     *bufio.Reader
	ended  func() error // why nobody waits any more; nil if somebody does
	check  int          // of the stream: its number
	rest   []byte       // decompressed, and not returned yet
	lzma   lzma2
	filter *x86 // nil without it
	begun  bool
	within bool   // a block
	sum    uint32 // of the block
	err    error
}

// NewReader returns a reader of what a stream decompresses to, which stops when ctx ends.
func NewReader(ctx context.Context, packed io.Reader) *Reader {
	in := bufio.NewReader(packed)
	return &Reader{in: in, ended: func() error { return interrupt.Err(ctx) }, lzma: lzma2{in: in}}
}

// Read returns decompressed bytes. The error is io.EOF after the stream, ErrFormat, that of the context, or
// that of reading.
func (r *Reader) Read(p []byte) (n int, err error) {
	for len(r.rest) == 0 {
		if r.err == nil {
			r.err = r.ended() // a chunk has 2 MiB at most
		}
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
	case !r.within:
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
