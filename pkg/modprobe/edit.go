package modprobe

import (
	"fmt"
	"strings"
)

// Edit is one change of a file: at Offset, New takes the place of Old. Its
// Inverse gives back every byte. It is comparable.
type Edit struct {
	Offset   int // in bytes
	Old, New string
}

// Inverse is the edit that takes e back.
func (e Edit) Inverse() Edit { return Edit{Offset: e.Offset, Old: e.New, New: e.Old} }

// EditError is an edit that does not fit: something else stands there.
type EditError struct {
	Path string
	Edit Edit
}

// Error names the file, and what is not there.
func (e *EditError) Error() string {
	return fmt.Sprintf("%s: byte %d: %.60q does not stand there any more", e.Path, e.Edit.Offset, e.Edit.Old)
}

// Apply returns the file with an edit made. The error is an *EditError.
func (f *File) Apply(e Edit) (*File, error) {
	text := f.String()
	if e.Offset < 0 || e.Offset > len(text) || !strings.HasPrefix(text[e.Offset:], e.Old) {
		return nil, &EditError{Path: f.Path, Edit: e}
	}
	edited := Parse([]byte(text[:e.Offset] + e.New + text[e.Offset+len(e.Old):]))
	edited.Path = f.Path
	return edited, nil
}

// NoLineError says that a file has no line of the kind that was to be changed.
type NoLineError struct {
	Path   string
	Number int
	Kind   Kind
}

// Error names the place and the kind.
func (e *NoLineError) Error() string {
	return fmt.Sprintf("%s:%d: there is no line of kind %q", e.Path, e.Number, e.Kind)
}

// line finds the line that begins at a number.
func (f *File) line(number int) (l Line, offset int, ok bool) {
	for _, l := range f.Lines {
		if l.Number == number {
			return l, offset, true
		}
		offset += len(l.Raw)
	}
	return Line{}, offset, false
}

// RemoveLine takes a line away, with its newlines. The error is a
// *NoLineError.
func (f *File) RemoveLine(number int) (Edit, error) {
	l, offset, ok := f.line(number)
	if !ok {
		return Edit{}, &NoLineError{Path: f.Path, Number: number}
	}
	return Edit{Offset: offset, Old: l.Raw}, nil
}

// AddLine puts a line, given without its newline, at the end. A last line that
// has no end gets one first, so that it stays what it is. The error is a
// *NameError for what would not be one line.
func (f *File) AddLine(text string) (Edit, error) {
	if err := checkLine(text); err != nil {
		return Edit{}, err
	}
	return Edit{Offset: f.size(), New: f.missing() + text + "\n"}, nil
}

func (f *File) size() (n int) {
	for _, l := range f.Lines {
		n += len(l.Raw)
	}
	return n
}

// missing is what the last line needs so that another can follow.
func (f *File) missing() string {
	switch f.how {
	case open:
		return "\n"
	case escaping: // the first newline would continue the line
		return "\n\n"
	}
	return ""
}

// checkLine refuses what is more or less than one line as it stands.
func checkLine(text string) error {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == '\\' || c == 0x7f {
			return &NameError{Input: text, What: "line", Reason: fmt.Sprintf("%q may not be in it", c)}
		}
	}
	if strings.TrimLeft(text, " \t") == "" {
		return &NameError{Input: text, What: "line", Reason: "it is empty"}
	}
	return nil
}
