package archive

import (
	"bytes"
	"fmt"
	"io"
)

// Writer writes an archive entry by entry, so that only one entry is in memory. It
// does not check whether a path appears twice or is below a file; the caller must
// ensure that. It must not be shared between goroutines.
type Writer struct {
	out    io.Writer
	size   int
	buffer bytes.Buffer
}

// NewWriter starts an archive with a comment, whose lines must not look like markers.
// An error of out is returned by the next Write at the latest.
func NewWriter(out io.Writer, comment string) (*Writer, error) {
	w := &Writer{out: out}
	w.buffer.WriteString(comment)
	return w, w.flush()
}

// Size returns the size of the archive so far, in bytes.
func (w *Writer) Size() int { return w.size }

// Write appends an entry. The error is an *EntryError for an entry that no tree can
// have, and a *SizeError for one that would make the archive larger than SizeLimit;
// both leave the archive unchanged.
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

// SizeError reports an archive that is too large.
type SizeError struct {
	Size int // in bytes
}

// Error returns the size and the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("archive: %d bytes, more than the limit of %d", e.Size, SizeLimit)
}
