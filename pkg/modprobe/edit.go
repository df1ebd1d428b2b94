package modprobe

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

// NoLineError reports that no line of a file begins at a number.
type NoLineError struct {
	Path   string
	Number int
}

// Error names the place.
func (e *NoLineError) Error() string {
	return fmt.Sprintf("%s: no line begins at number %d", e.Path, e.Number)
}

// RemoveLine returns the edit of Bytes that takes out a line with its newlines. The
// error is a *NoLineError.
func (f *File) RemoveLine(number int) (edit.Edit, error) {
	offset := 0
	for _, l := range f.Lines {
		if l.Number == number {
			return edit.Edit{Offset: offset, Old: l.Raw}, nil
		}
		offset += len(l.Raw)
	}
	return edit.Edit{}, &NoLineError{Path: f.Path, Number: number}
}

// AddLine returns the edit of Bytes that appends a line, given without its newline.
// A last line that has no newline gets one first. The error is a *NameError for
// text that would not be one line.
func (f *File) AddLine(text string) (edit.Edit, error) {
	if err := checkLine(text); err != nil {
		return edit.Edit{}, err
	}
	content := f.Bytes()
	return edit.Edit{Offset: len(content), New: edit.EndLine(content) + text + "\n"}, nil
}

// checkLine refuses what is more or less than one line.
func checkLine(text string) error {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == '\\' || c == 0x7f {
			return &NameError{Input: text, What: "line", Reason: fmt.Sprintf("%q is not allowed", c)}
		}
	}
	if strings.TrimLeft(text, " \t") == "" {
		return &NameError{Input: text, What: "line", Reason: "it is empty"}
	}
	return nil
}
