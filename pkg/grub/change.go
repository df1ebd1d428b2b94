package grub

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Change is one edit of a file: the bytes that go and those that come in their
// place. It can be kept, as JSON too, and undone.
type Change struct {
	Offset int    `json:"offset"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// Nothing says that the file stays as it is.
func (c Change) Nothing() bool {
	return c.Old == c.New
}

// Apply returns the file with the change made. It fails with a *StaleError
// where the file no longer has what the change replaces.
func (c Change) Apply(data []byte) ([]byte, error) {
	return replaceAt(data, c.Offset, c.Old, c.New)
}

// Undo returns the file as it was before Apply, with the same error.
func (c Change) Undo(data []byte) ([]byte, error) {
	return replaceAt(data, c.Offset, c.New, c.Old)
}

func replaceAt(data []byte, offset int, old, with string) ([]byte, error) {
	if offset < 0 || offset > len(data) || !bytes.HasPrefix(data[offset:], []byte(old)) {
		return nil, &StaleError{Offset: offset, Expected: old}
	}
	return slices.Concat(data[:offset], []byte(with), data[offset+len(old):]), nil
}

// StaleError is a Change for a file that somebody else has changed since.
type StaleError struct {
	Offset   int
	Expected string
}

// Error says what is not there.
func (e *StaleError) Error() string {
	return fmt.Sprintf("the file has changed: %q is not at byte %d any more", e.Expected, e.Offset)
}

// splice replaces the bytes from start to end of a text.
type splice struct {
	start, end int
	with       string
}

// spliced returns the text with all splices made; they are in order and do not
// overlap.
func spliced(text string, splices []splice) string {
	var b strings.Builder
	done := 0
	for _, s := range splices {
		b.WriteString(text[done:s.start])
		b.WriteString(s.with)
		done = s.end
	}
	b.WriteString(text[done:])
	return b.String()
}

// view is a piece of a file as its reader sees it: without the backslash at the
// end of a line, or without quotes.
type view struct {
	text       []byte
	start, end []int // of each byte of text, in the file
	base       int   // where an empty view stands in the file
}

func (v *view) add(c byte, start, end int) {
	v.text = append(v.text, c)
	v.start = append(v.start, start)
	v.end = append(v.end, end)
}

// from is the view without its first n bytes.
func (v view) from(n int) view {
	rest := view{text: v.text[n:], start: v.start[n:], end: v.end[n:], base: v.base}
	if n > 0 {
		rest.base = v.end[n-1]
	}
	return rest
}

// change carries splices of the view's text into the file. What is put in
// stands behind the byte before it, so within the same quotes.
func (v view) change(data []byte, splices []splice, encode func(string) string) Change {
	if len(splices) == 0 {
		return Change{}
	}
	var inFile []splice
	for _, s := range splices {
		at := splice{with: encode(s.with)}
		switch {
		case s.end > s.start:
			at.start, at.end = v.start[s.start], v.end[s.end-1]
		case s.start > 0:
			at.start = v.end[s.start-1]
			at.end = at.start
		case len(v.start) > 0:
			at.start, at.end = v.start[0], v.start[0]
		default:
			at.start, at.end = v.base, v.base
		}
		inFile = append(inFile, at)
	}
	first, last := inFile[0].start, inFile[len(inFile)-1].end
	for i := range inFile {
		inFile[i].start -= first
		inFile[i].end -= first
	}
	old := string(data[first:last])
	return Change{Offset: first, Old: old, New: spliced(old, inFile)}
}
