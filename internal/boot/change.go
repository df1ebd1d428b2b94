package boot

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Change is one file, or one link, as it is and as a layer wants it.
type Change struct {
	Path string
	Old  State
	New  State
	Ours bool // nobody else writes there: no backup is kept

	forget bool // what is ours goes: the backup is needed no more
}

// Equal says whether nothing is to be done.
func (c Change) Equal() bool { return c.Old.same(c.New) && !c.notExecutable() }

// notExecutable says that the file is there, and that nothing runs it.
func (c Change) notExecutable() bool {
	return c.Old.Exists && c.New.Exists && c.New.Mode&0o100 != 0 && c.Old.Mode&0o100 == 0
}

// Undo is the change the other way round.
func (c Change) Undo() Change {
	c.Old, c.New, c.forget = c.New, c.Old, false
	return c
}

// Diff is the change as a unified diff, and a link as one line.
func (c Change) Diff() string {
	switch {
	case c.Equal():
		return ""
	case c.Old.same(c.New):
		return fmt.Sprintf("chmod %o %s\n", c.New.Mode, c.Path)
	case c.New.Target != "":
		return fmt.Sprintf("link %s -> %s\n", c.Path, c.New.Target)
	case c.Old.Target != "":
		return fmt.Sprintf("remove link %s -> %s\n", c.Path, c.Old.Target)
	}
	text := string(diff.Diff(c.side(c.Old), c.Old.Content, c.side(c.New), c.New.Content))
	if text == "" { // an empty file comes or goes
		return fmt.Sprintf("--- %s\n+++ %s\n", c.side(c.Old), c.side(c.New))
	}
	_, text, _ = strings.Cut(text, "\n") // the line "diff OLD NEW"
	return text
}

func (c Change) side(s State) string {
	if !s.Exists {
		return "/dev/null"
	}
	return c.Path
}

// ChangedError is a file that became another one since the change was planned.
type ChangedError struct{ Path string }

// Error names the file.
func (e *ChangedError) Error() string {
	return e.Path + ": somebody changed it meanwhile, and it is left as it is"
}

// carryOut makes the path as the change wants it. What is neither as it was nor
// as it is to be is a *ChangedError: generators run for minutes, and somebody may
// have edited the file since.
func (c Change) carryOut(f sysfs.FS) error {
	now, err := c.now(f)
	switch {
	case err != nil:
		return err
	case now.same(c.New):
		return c.makeExecutable(f)
	case !now.same(c.Old):
		return &ChangedError{c.Path}
	case c.New.Target != "":
		return etc.Link(f, c.Path, c.New.Target)
	case !c.New.Exists:
		return etc.Remove(f, c.Path)
	}
	err = etc.Replace(f, c.Path, c.New.Content, etc.Options{Mode: c.New.Mode, NoBackup: c.Ours})
	if err == nil && c.forget {
		err = etc.Forget(f, c.Path)
	}
	if err != nil {
		return err
	}
	return c.makeExecutable(f)
}

// makeExecutable gives the file its permissions, if somebody has taken the bit
// from it: a file that is replaced keeps those that it has.
func (c Change) makeExecutable(f sysfs.FS) error {
	if !c.notExecutable() {
		return nil
	}
	return etc.SetMode(f, c.Path, c.New.Mode)
}

func (c Change) now(f sysfs.FS) (State, error) {
	if c.Ours {
		return stateAt(f, c.Path)
	}
	return contentAt(f, c.Path) // a link stays a link, and what it leads to is edited
}
