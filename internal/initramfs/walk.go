package initramfs

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Visit is called for each entry in the order of the image. A later entry replaces
// an earlier one of the same name. content is valid until Visit returns, which need
// not read all of it. An error ends the walk, which then returns it.
type Visit func(e Entry, content io.Reader) error

// named puts the name of the image before an error.
func named(name string, err error) error {
	if visited := (*visitError)(nil); errors.As(err, &visited) {
		err = visited.err
	}
	if err != nil {
		return fmt.Errorf("initramfs %s: %w", name, err)
	}
	return nil
}

// walk is one walk through an image.
type walk struct {
	ctx      context.Context
	visit    Visit
	trailer  func() // is called at the end of an archive
	packed   int64  // bytes that may still be read of the image
	budget   int64  // decompressed bytes that may still be read
	entries  int
	archives int // compressed archives so far
	members  []Member
	within   bool // the last member has not ended
}

func newWalk(ctx context.Context, visit Visit, trailer func()) *walk {
	return &walk{ctx: ctx, visit: visit, trailer: trailer, packed: maxPacked, budget: maxUnpacked}
}

// visitError is an error that visit returned, so it is not about the image.
type visitError struct{ err error }

func (e *visitError) Error() string { return e.err.Error() }
func (e *visitError) Unwrap() error { return e.err }

// image reads the file: plain and compressed archives, and zero bytes.
func (w *walk) image(image io.Reader) error {
	in := newInput(image, "", &w.packed)
	for {
		plain, err := w.plain(in)
		if err != nil || plain {
			return err
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if w.archives++; w.archives > maxArchives {
			return in.fault(ErrBound)
		}
		if err := w.compressed(in); err != nil {
			return err
		}
	}
}

// plain reads entries and zero bytes until something else or the end follows.
func (w *walk) plain(in *input) (end bool, err error) {
	for {
		if err := in.zeroes(); errors.Is(err, io.EOF) {
			return true, nil
		} else if err != nil {
			return false, w.fault(in, err)
		}
		if b, _ := in.next(); b != '0' {
			return false, nil
		}
		if in.at&3 != 0 {
			return false, in.fault(ErrPadding)
		}
		if err := w.ctx.Err(); err != nil {
			return false, err
		}
		if in.packed == "" && !w.within {
			w.begin(Member{Offset: in.at})
		}
		if err := w.entry(in); err != nil {
			return false, w.fault(in, err)
		}
	}
}

func (w *walk) fault(in *input, err error) error {
	if visited := (*visitError)(nil); errors.As(err, &visited) {
		return err
	}
	return in.fault(err)
}

// compressed reads one compressed archive.
func (w *walk) compressed(in *input) error {
	m, ok := methodOf(in.peek(longestMagic))
	if !ok {
		return in.fault(ErrJunk)
	}
	begins := Member{Offset: in.at, Compression: m.name, Added: markedAt(in.peek(markedSize))}
	unpacked, err := m.open(w.ctx, in)
	if err != nil {
		return in.fault(err)
	}
	defer unpacked.Close()
	inner := newInput(unpacked, m.name, &w.budget)
	w.begin(begins)
	end, err := w.plain(inner)
	w.within = false
	switch {
	case err != nil:
		return err
	case !end:
		return inner.fault(ErrJunk)
	}
	return in.fault(unpacked.rest())
}
