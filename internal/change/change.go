package change

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Kind is a kind of settings that has lines of its own in files of others, such
// as the hiding of devices. It is one word.
type Kind string

// Change is one file, or one symbolic link, as it is and as it is to be.
type Change struct {
	Path     string // without the root
	Old, New State
	Ours     bool // nobody else writes the file, so that no backup of it is kept
	Follow   bool // a link at Path stays, and the file that it leads to is changed
	Record   bool // xenpci keeps it for itself, as the backups: it is not shown

	With    []Kind // these edit the file: they have lines in New
	Without []Kind // these have no lines in New
}

// Equal reports whether there is nothing to do.
func (c Change) Equal() bool { return c.Old.Same(c.New) && !c.NotExecutable() }

// NotExecutable reports whether the file is there and is to be executable, and is
// not.
func (c Change) NotExecutable() bool {
	return c.Old.Exists && c.New.Exists && c.New.Mode&0o100 != 0 && c.Old.Mode&0o100 == 0
}

// Undo returns the change that takes this one back.
func (c Change) Undo() Change {
	c.Old, c.New = c.New, c.Old
	c.With, c.Without = nil, nil // Plan.CarryOut restores the notes as a whole
	return c
}

// Diff returns the change as a unified diff, or one line for a link or for
// permissions.
func (c Change) Diff() string {
	switch {
	case c.Equal():
		return ""
	case c.Old.Same(c.New):
		return fmt.Sprintf("chmod %o %s\n", c.New.Mode, c.Path)
	case c.New.Target != "":
		return fmt.Sprintf("link %s -> %s\n", c.Path, c.New.Target)
	case c.Old.Target != "":
		return fmt.Sprintf("remove link %s -> %s\n", c.Path, c.Old.Target)
	}
	text := string(diff.Diff(c.side(c.Old), c.Old.Content, c.side(c.New), c.New.Content))
	if text == "" { // an empty file is made or removed
		return fmt.Sprintf("--- %s\n+++ %s\n", c.side(c.Old), c.side(c.New))
	}
	_, text, _ = strings.Cut(text, "\n") // the line "diff OLD NEW"
	return text
}

// side is the name of one side of a diff.
func (c Change) side(s State) string {
	if !s.Exists {
		return "/dev/null"
	}
	return c.Path
}

// Lines returns how many lines of a file are added and removed; none of a link.
func (c Change) Lines() (added, removed int) {
	if c.Old.Target != "" || c.New.Target != "" || c.Old.Same(c.New) {
		return 0, 0
	}
	n := 0
	for line := range strings.Lines(c.Diff()) {
		if n++; n <= 2 { // the names of the files
			continue
		}
		switch line[0] {
		case '+':
			added++
		case '-':
			removed++
		}
	}
	return added, removed
}
