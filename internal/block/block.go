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

// Kind is which of xenpci's blocks it is: a file may have one of each. A block of Words comes
// before one of Hiding, whose lines add to what the lines above them set.
type Kind string

// The kinds of blocks, with the name in their comments.
const (
	Hiding  Kind = "xenpci"         // hides devices
	Words   Kind = "xenpci words"   // sets words of a command line
	Console Kind = "xenpci console" // sets up the serial console
)

// The comments around a block. The first one tells how many newlines were added
// before it, so that Remove can remove them again.
func (k Kind) begin() string { return "# BEGIN " + string(k) }
func (k Kind) end() string   { return "# END " + string(k) }

// added are the ends of the first comment of a block, by the number of newlines added before it.
var added = [...]string{"", " (the newline above is xenpci's)", " (the two newlines above are xenpci's)"}

// Block is xenpci's block in one file.
type Block struct {
	Line int    // of the first comment, from 1
	Text string // the lines between the comments

	start, body, end int    // offsets in bytes: the first comment, the lines, and after the last comment
	newlines         int    // before it, that belong to it
	added            string // these, as they are now
}

// Has reports whether a line of the file, counted from 1, is between the
// comments of b.
func (b Block) Has(line int) bool {
	return line > b.Line && line <= b.Line+strings.Count(b.Text, "\n")
}

// Above returns what is above the block in text, in which it was found.
func (b Block) Above(text []byte) []byte { return text[:b.start] }

// Error reports comments that do not form one pair. Only a person can decide which
// lines belong to xenpci.
type Error struct {
	Line   int // from 1
	Reason string

	kind Kind
}

// Error returns the line, the reason and the advice.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d: %s; %s", e.Line, e.Reason, e.Advice())
}

// Advice returns how to repair the block.
func (e *Error) Advice() string {
	return fmt.Sprintf("correct the comments %q and %q, or remove them and the lines between them", e.kind.begin(), e.kind.end())
}

// Find returns the block in text; found is false if there is none. The error is
// an *Error.
func (k Kind) Find(text []byte) (b Block, found bool, err error) {
	inside, number, offset := false, 0, 0
	for line := range bytes.Lines(text) {
		number++
		comment := string(bytes.TrimRight(line, " \t\r\n")) // an editor may have changed the line endings
		switch newlines := k.beginning(comment); {
		case newlines >= 0 && (inside || found):
			return Block{}, false, &Error{number, "a second block begins", k}
		case newlines >= 0:
			inside, b.Line, b.start, b.body, b.newlines = true, number, offset, offset+len(line), newlines
			b.added = strings.Repeat(strings.TrimLeft(string(line[len(comment):]), " \t"), newlines)
		case comment == k.end() && !inside:
			return Block{}, false, &Error{number, "a block ends without a beginning", k}
		case comment == k.end():
			inside, found, b.end = false, true, offset+len(line)
		case inside:
			b.Text += string(line)
		}
		offset += len(line)
	}
	if inside {
		return Block{}, false, &Error{b.Line, "the block has no end", k}
	}
	return b, found, nil
}

// beginning returns how many newlines were added before a first comment, or -1 if
// comment is not a first comment.
func (k Kind) beginning(comment string) int {
	for newlines, text := range added {
		if comment == k.begin()+text {
			return newlines
		}
	}
	return -1
}

// Set returns the edit that makes lines, which have no newline, the block of text. It
// replaces the existing block, or adds one at the end; one of Words before that of Hiding. The
// error is an *Error.
func (k Kind) Set(text []byte, lines []string) (edit.Edit, error) {
	b, found, err := k.Find(text)
	if err != nil {
		return edit.Edit{}, err
	}
	if !found && k == Words {
		if after, found, err := Hiding.Find(text); found || err != nil {
			return after.before(text, lines), err
		}
	}
	e := edit.Edit{Offset: b.body, Old: string(text[b.body:b.end])}
	if !found {
		e = edit.Edit{Offset: len(text), New: edit.EndLine(text)}
		e.New += k.begin() + added[len(e.New)] + "\n"
	}
	e.New += k.body(lines)
	return e, nil
}

// body returns the lines of a block, and its last comment.
func (k Kind) body(lines []string) (text string) {
	for _, line := range lines {
		text += line + "\n"
	}
	return text + k.end() + "\n"
}

// before returns the edit that puts a block of Words before b, to which the newlines before b
// belong then.
func (b Block) before(text []byte, lines []string) edit.Edit {
	old := string(text[b.start:b.body])
	e := edit.Edit{Offset: b.start, Old: old, New: Words.begin() + added[b.newlines] + "\n" + Words.body(lines)}
	if b.newlines > 0 {
		old = Hiding.begin() + "\n"
	}
	e.New += old
	return e
}

// Remove returns the edit that removes the block from text. It also removes the
// newlines that Set added before the block, unless lines follow, which would then be
// joined to others. If another block of xenpci follows, they belong to that one. The edit is empty
// if there is no block. The error is an *Error.
func (k Kind) Remove(text []byte) (edit.Edit, error) {
	b, found, err := k.Find(text)
	if !found {
		return edit.Edit{}, err
	}
	for _, other := range [...]Kind{Hiding, Words, Console} {
		next, follows, err := other.Find(text)
		if follows && err == nil && next.start == b.end && b.newlines > 0 && next.newlines == 0 {
			return edit.Edit{Offset: b.start, Old: string(text[b.start:next.body]), New: other.begin() + added[b.newlines] + "\n"}, nil
		}
	}
	if b.end == len(text) {
		b.start = len(bytes.TrimSuffix(text[:b.start], []byte(b.added)))
	}
	return edit.Edit{Offset: b.start, Old: string(text[b.start:b.end])}, nil
}

// Blank returns text with the lines of the block empty, so that all other lines keep
// their numbers. The error is an *Error.
func (k Kind) Blank(text []byte) ([]byte, error) {
	b, found, err := k.Find(text)
	if !found {
		return text, err
	}
	old := string(text[b.start:b.end])
	return edit.Edit{Offset: b.start, Old: old, New: strings.Repeat("\n", strings.Count(old, "\n"))}.Apply(text)
}
