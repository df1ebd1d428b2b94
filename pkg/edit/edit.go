// Package edit implements changes of a text that can be checked, applied and undone.
// Packages modprobe and grub return such changes for the files that they parse.
//
// An Edit is a plain value and may be shared between goroutines.
package edit

import (
	"bytes"
	"fmt"
	"slices"
)

// Edit replaces the bytes Old at Offset by New. It is comparable. The zero value
// changes nothing.
type Edit struct {
	Offset   int // in bytes
	Old, New string
}

// Empty reports whether e changes nothing.
func (e Edit) Empty() bool { return e.Old == e.New }

// Inverse returns the edit that undoes e: applied after e, it restores every byte.
func (e Edit) Inverse() Edit { return Edit{Offset: e.Offset, Old: e.New, New: e.Old} }

// Apply returns text after the edit, and does not modify text. The error is a
// *StaleError if the text does not have Old at Offset, because it was changed
// after the edit was computed.
func (e Edit) Apply(text []byte) ([]byte, error) {
	if e.Offset < 0 || e.Offset > len(text) || !bytes.HasPrefix(text[e.Offset:], []byte(e.Old)) {
		return nil, &StaleError{Edit: e}
	}
	return slices.Concat(text[:e.Offset], []byte(e.New), text[e.Offset+len(e.Old):]), nil
}

// StaleError reports an edit of a text that has changed since.
type StaleError struct {
	Edit Edit
}

// Error returns the missing bytes and their offset.
func (e *StaleError) Error() string {
	return fmt.Sprintf("the file has changed: %.60q is no longer at byte %d", e.Edit.Old, e.Edit.Offset)
}

// EndLine returns what text needs at its end so that another line can follow:
// nothing after a whole line, a newline after one without, and one more after a
// backslash, which joins a line with the next one in many formats.
func EndLine(text []byte) string {
	line, whole := bytes.CutSuffix(text, []byte("\n"))
	needs := ""
	if !whole && len(text) > 0 {
		needs = "\n"
	}
	if backslashes := len(line) - len(bytes.TrimRight(line, `\`)); backslashes%2 == 1 {
		needs += "\n"
	}
	return needs
}
