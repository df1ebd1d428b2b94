package modprobe

import (
	"fmt"
	"strings"
)

// The lines between which xenpci's own stand in a file that is somebody else's.
// How many newlines were put before the first one is said in it, so that they
// can be taken back.
const (
	blockBegin = "# BEGIN xenpci"
	blockEnd   = "# END xenpci"
)

// blockBegins has the first line of a block by the newlines put before it.
var blockBegins = [...]string{
	blockBegin,
	blockBegin + " (the newline above is xenpci's)",
	blockBegin + " (the two newlines above are xenpci's)",
}

// BlockError is a file in which the lines around xenpci's own are not one pair.
// Nothing is guessed: a person has to look.
type BlockError struct {
	Path   string
	Line   int
	Reason string
}

// Error names the place, what is wrong and what to do.
func (e *BlockError) Error() string {
	return fmt.Sprintf("%s:%d: %s; put the lines %q and %q right, or remove them with what is between them", e.Path, e.Line, e.Reason, blockBegin, blockEnd)
}

// block is where xenpci's lines are in a file.
type block struct {
	begin, end  int // bytes, of the marks too
	newlines    int // before it that are xenpci's
	first, last int // the marks, as indexes of File.Lines
}

// findBlock looks for the one pair of marks.
func (f *File) findBlock() (b block, found bool, err error) {
	inside, offset := false, 0
	for i, l := range f.Lines {
		mark := strings.TrimRight(l.Raw, " \t\r\n")
		switch newlines := beginning(mark); {
		case newlines >= 0 && (inside || found):
			return b, false, &BlockError{f.Path, l.Number, "a second block begins here"}
		case newlines >= 0:
			inside, b.begin, b.newlines, b.first = true, offset, newlines, i
		case mark == blockEnd && !inside:
			return b, false, &BlockError{f.Path, l.Number, "a block ends here, and none began"}
		case mark == blockEnd:
			inside, found, b.end, b.last = false, true, offset+len(l.Raw), i
		}
		offset += len(l.Raw)
	}
	if inside {
		return b, false, &BlockError{f.Path, f.Lines[b.first].Number, "a block begins here, and does not end"}
	}
	return b, found, nil
}

// beginning is how many newlines a mark says, or -1 where it is none.
func beginning(mark string) int {
	for newlines, begin := range blockBegins {
		if mark == begin {
			return newlines
		}
	}
	return -1
}

// Block returns xenpci's lines in a file of somebody else's, without the marks
// around them. found is false where there are none. The error is a
// *BlockError.
func (f *File) Block() (own []Line, found bool, err error) {
	b, found, err := f.findBlock()
	if !found {
		return nil, false, err
	}
	return f.Lines[b.first+1 : b.last], true, nil
}

// SetBlock puts xenpci's lines, given without their newlines, into a file of
// somebody else's: in the place of those that are there, or at its end.
// RemoveBlock takes them out again and leaves the bytes that were there.
//
// The error is a *BlockError, or a *NameError for what would not be one line.
func (f *File) SetBlock(own []string) (Edit, error) {
	for _, text := range own {
		if err := checkLine(text); err != nil {
			return Edit{}, err
		}
		if mark := strings.TrimSpace(text); beginning(mark) >= 0 || mark == blockEnd {
			return Edit{}, &NameError{Input: text, What: "line", Reason: "it is a mark"}
		}
	}
	b, found, err := f.findBlock()
	if err != nil {
		return Edit{}, err
	}
	e := Edit{Offset: f.size(), New: f.missing()}
	newlines := len(e.New)
	if found {
		newlines = b.newlines
		e = Edit{Offset: b.begin, Old: f.String()[b.begin:b.end]}
	}
	for _, text := range append(append([]string{blockBegins[newlines]}, own...), blockEnd) {
		e.New += text + "\n"
	}
	return e, nil
}

// RemoveBlock takes xenpci's lines out. Newlines that were put before them stay
// where something follows, whose line would otherwise be joined to another. The
// edit changes nothing where there are none. The error is a *BlockError.
func (f *File) RemoveBlock() (Edit, error) {
	b, found, err := f.findBlock()
	if !found {
		return Edit{}, err
	}
	text := f.String()
	if before := strings.Repeat("\n", b.newlines); b.end == len(text) && strings.HasSuffix(text[:b.begin], before) {
		b.begin -= b.newlines
	}
	return Edit{Offset: b.begin, Old: text[b.begin:b.end]}, nil
}
