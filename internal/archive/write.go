package archive

import (
	"bytes"
	"fmt"
	"io"
)

// Writer writes an archive one entry after the other, so that no more than one
// is in memory. Nobody but its user sees to it that no path comes twice or lies
// below another's file. It must not be shared between goroutines.
type Writer struct {
	out    io.Writer
	size   int
	buffer bytes.Buffer
}

// NewWriter begins an archive with a comment, whose lines must not look like
// markers. An error of out comes with the next Write at the latest.
func NewWriter(out io.Writer, comment string) (*Writer, error) {
	w := &Writer{out: out}
	w.buffer.WriteString(comment)
	return w, w.flush()
}

// Size is how long the archive is by now, in bytes.
func (w *Writer) Size() int { return w.size }

// Write appends an entry. One that no tree can have is an *EntryError, and one
// that would make the archive larger than SizeLimit a *SizeError; either leaves
// the archive as it was.
func (w *Writer) Write(e Entry) error {
	if reason := e.fault(); reason != "" {
		return &EntryError{Path: e.Path, Reason: reason}
	}
	e.format(&w.buffer)
	if size := w.size + w.buffer.Len(); size > SizeLimit {
		w.buffer.Reset()
		return &SizeError{Size: size}
	}
	return w.flush()
}

func (w *Writer) flush() error {
	n, err := w.buffer.WriteTo(w.out)
	w.size += int(n)
	return err
}

// SizeError is an archive that is too large.
type SizeError struct {
	Size int // in bytes
}

// Error says how large it is and may be.
func (e *SizeError) Error() string {
	return fmt.Sprintf("archive: %d bytes, more than %d", e.Size, SizeLimit)
}
