package initramfs

import (
	"bufio"
	"errors"
	"io"
)

// input is a stream of bytes with the offset of the next one. Several inputs can
// share a budget, which bounds their total.
type input struct {
	buf    *bufio.Reader
	at     int64
	packed string // the compression that it was decompressed from
	budget *int64 // bytes that may still be read; nil means no limit
}

// inputBuffer is the longest look-ahead, in bytes.
const inputBuffer = 64 << 10

func newInput(r io.Reader, packed string, budget *int64) *input {
	return &input{buf: bufio.NewReaderSize(r, inputBuffer), packed: packed, budget: budget}
}

// Read implements io.Reader.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.buf.Read(p)
	if spent := in.spend(n); spent != nil {
		return n, spent
	}
	return n, err
}

// ReadByte implements io.ByteReader, so that a decompressor takes no byte more than
// it needs.
func (in *input) ReadByte() (byte, error) {
	b, err := in.buf.ReadByte()
	if err != nil {
		return 0, err
	}
	return b, in.spend(1)
}

// peek returns the next n bytes without taking them; fewer at the end.
func (in *input) peek(n int) []byte {
	b, _ := in.buf.Peek(n)
	return b
}

// next returns the next byte without taking it.
func (in *input) next() (byte, error) {
	b, err := in.buf.Peek(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// full reads exactly len(p) bytes.
func (in *input) full(p []byte) error {
	n, err := io.ReadFull(in.buf, p)
	if spent := in.spend(n); spent != nil {
		return spent
	}
	return cut(err)
}

// skip skips n bytes.
func (in *input) skip(n int64) error {
	for n > 0 {
		took, err := in.buf.Discard(int(min(n, inputBuffer)))
		if spent := in.spend(took); spent != nil {
			return spent
		}
		if err != nil {
			return cut(err)
		}
		n -= int64(took)
	}
	return nil
}

// zeroes skips zero bytes.
func (in *input) zeroes() error {
	for {
		b, err := in.next()
		if err != nil {
			return err
		}
		if b != 0 {
			return nil
		}
		// One buffer at a time: images are padded with up to a megabyte.
		some := in.peek(max(in.buf.Buffered(), 1))
		n := 0
		for n < len(some) && some[n] == 0 {
			n++
		}
		if err := in.skip(int64(n)); err != nil {
			return err
		}
	}
}

// spend adds n to the offset and subtracts it from the budget.
func (in *input) spend(n int) error {
	in.at += int64(n)
	if in.budget == nil {
		return nil
	}
	if *in.budget -= int64(n); *in.budget < 0 {
		return ErrBound
	}
	return nil
}

// fault adds the offset to an error, unless it has one already.
func (in *input) fault(err error) error {
	var known *FormatError
	var missing *MissingProgramError
	if err == nil || errors.As(err, &known) || errors.As(err, &missing) {
		return err
	}
	return &FormatError{Offset: in.at, Packed: in.packed, Err: cut(err)}
}

// cut turns an unexpected end of the data into ErrCut.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return err
}
