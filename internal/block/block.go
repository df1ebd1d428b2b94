// Package block keeps lines of xenpci in a file that others write too. It puts them
// between two comments, so that they can be replaced and removed without changing any
// other byte.
//
// It is for files in which '#' begins a comment and a backslash joins a line with the
// next one, such as modprobe.conf and /etc/default/grub.
package block

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

// The comments around a block. The first one tells how many newlines were added
// before it, so that Remove can remove them again.
const (
	begin = "# BEGIN xenpci"
	end   = "# END xenpci"
)

// begins has the first comment of a block, by the number of newlines added before it.
var begins = [...]string{
	begin,
	begin + " (the newline above is xenpci's)",
	begin + " (the two newlines above are xenpci's)",
}

// Block is xenpci's block in one file.
type Block struct {
	Line int    // of the first comment, from 1
	Text string // the lines between the comments

	start, body, end int    // offsets in bytes: the first comment, the lines, and after the last comment
	added            string // the newlines before it that belong to it
}

// Has reports whether a line of the file, counted from 1, is between the
// comments of b.
func (b Block) Has(line int) bool {
	return line > b.Line && line <= b.Line+strings.Count(b.Text, "\n")
}

// Error reports comments that do not form one pair. Only a person can decide which
// lines belong to xenpci.
type Error struct {
	Line   int // from 1
	Reason string
}

// Error returns the line, the reason and the advice.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d: %s; %s", e.Line, e.Reason, e.Advice())
}

// Advice returns how to repair the block.
func (e *Error) Advice() string {
	return fmt.Sprintf("correct the comments %q and %q, or remove them and the lines between them", begin, end)
}

// Find returns the block in text; found is false if there is none. The error is
// an *Error.
func Find(text []byte) (b Block, found bool, err error) {
	inside, number, offset := false, 0, 0
	for line := range bytes.Lines(text) {
		number++
		comment := string(bytes.TrimRight(line, " \t\r\n")) // an editor may have changed the line endings
		switch newlines := beginning(comment); {
		case newlines >= 0 && (inside || found):
			return Block{}, false, &Error{number, "a second block begins"}
		case newlines >= 0:
			inside, b.Line, b.start, b.body = true, number, offset, offset+len(line)
			b.added = strings.Repeat(strings.TrimLeft(string(line[len(comment):]), " \t"), newlines)
		case comment == end && !inside:
			return Block{}, false, &Error{number, "a block ends without a beginning"}
		case comment == end:
			inside, found, b.end = false, true, offset+len(line)
		case inside:
			b.Text += string(line)
		}
		offset += len(line)
	}
	if inside {
		return Block{}, false, &Error{b.Line, "the block has no end"}
	}
	return b, found, nil
}

// beginning returns how many newlines were added before a first comment, or -1 if
// comment is not a first comment.
func beginning(comment string) int {
	for newlines, begin := range begins {
		if comment == begin {
			return newlines
		}
	}
	return -1
}

// Set returns the edit that makes lines, which have no newline, the block of text. It
// replaces the existing block, or appends one. The error is an *Error.
func Set(text []byte, lines []string) (edit.Edit, error) {
	b, found, err := Find(text)
	if err != nil {
		return edit.Edit{}, err
	}
	e := edit.Edit{Offset: b.body, Old: string(text[b.body:b.end])}
	if !found {
		e = edit.Edit{Offset: len(text), New: edit.EndLine(text)}
		e.New += begins[len(e.New)] + "\n"
	}
	for _, line := range lines {
		e.New += line + "\n"
	}
	e.New += end + "\n"
	return e, nil
}

// Remove returns the edit that removes the block from text. It also removes the
// newlines that Set added before the block, unless lines follow, which would then be
// joined to others. The edit is empty if there is no block. The error is an *Error.
func Remove(text []byte) (edit.Edit, error) {
	b, found, err := Find(text)
	if !found {
		return edit.Edit{}, err
	}
	if b.end == len(text) {
		b.start = len(bytes.TrimSuffix(text[:b.start], []byte(b.added)))
	}
	return edit.Edit{Offset: b.start, Old: string(text[b.start:b.end])}, nil
}

// Blank returns text with the lines of the block empty, so that all other lines keep
// their numbers. The error is an *Error.
func Blank(text []byte) ([]byte, error) {
	b, found, err := Find(text)
	if !found {
		return text, err
	}
	old := string(text[b.start:b.end])
	return edit.Edit{Offset: b.start, Old: old, New: strings.Repeat("\n", strings.Count(old, "\n"))}.Apply(text)
}
