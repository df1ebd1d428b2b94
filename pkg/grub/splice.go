package grub

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

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

// view is a part of a file as its reader sees it: without quotes, and without the
// backslashes at the ends of joined lines.
type view struct {
	text       []byte
	start, end []int // of each byte of text, in the file
	base       int   // the position of an empty view in the file
}

func (v *view) add(c byte, start, end int) {
	v.text = append(v.text, c)
	v.start = append(v.start, start)
	v.end = append(v.end, end)
}

// from returns the view without its first n bytes.
func (v view) from(n int) view {
	rest := view{text: v.text[n:], start: v.start[n:], end: v.end[n:], base: v.base}
	if n > 0 {
		rest.base = v.end[n-1]
	}
	return rest
}

// edit returns the edit of the file for splices of the view's text. An insertion goes
// directly after the byte before it, so within the same quotes.
func (v view) edit(data []byte, splices []splice, encode func(string) string) edit.Edit {
	if len(splices) == 0 {
		return edit.Edit{}
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
	return edit.Edit{Offset: first, Old: old, New: spliced(old, inFile)}
}
