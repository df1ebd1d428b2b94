package boot

import (
	"bytes"
	"fmt"
	"io/fs"
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
}

// State is what stands at a path.
type State struct {
	Exists  bool
	Content []byte      // of a file
	Target  string      // of a link; "" for a file
	Mode    fs.FileMode // of a file that is to be made; 0 is 0644
}

// Equal says whether nothing is to be done.
func (c Change) Equal() bool {
	return c.Old.Exists == c.New.Exists && c.Old.Target == c.New.Target && bytes.Equal(c.Old.Content, c.New.Content)
}

// mark begins each file that is xenpci's alone, and markWord is in it: what lacks
// the word is somebody else's file.
const (
	mark     = "# Written by xenpci boot. 'xenpci boot disable' takes it away.\n"
	markWord = "xenpci"
)

// Undo is the change the other way round.
func (c Change) Undo() Change {
	c.Old, c.New = c.New, c.Old
	return c
}

// Diff is the change as a unified diff, and a link as one line.
func (c Change) Diff() string {
	switch {
	case c.Equal():
		return ""
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

// carryOut makes the path as the change wants it.
func (c Change) carryOut(f sysfs.FS) error {
	switch {
	case c.Equal():
		return nil
	case c.New.Target != "":
		return etc.Link(f, c.Path, c.New.Target)
	case !c.New.Exists:
		return etc.Remove(f, c.Path)
	}
	return etc.Replace(f, c.Path, c.New.Content, etc.Options{Mode: c.New.Mode, NoBackup: c.Ours})
}

// whole is the change of a file that is ours alone.
func whole(f sysfs.FS, path string, content []byte, mode fs.FileMode, on bool) (Change, error) {
	c := Change{Path: path, Ours: true}
	old, exists, err := etc.Read(f, path)
	if err != nil {
		return c, err
	}
	c.Old = State{Exists: exists, Content: old, Mode: mode}
	if exists && !bytes.Contains(old, []byte(markWord)) {
		return c, fmt.Errorf("%s is there and is not xenpci's; move it away first", path)
	}
	if on {
		c.New = State{Exists: true, Content: content, Mode: mode}
	}
	return c, nil
}

// edited is the change of a file that others write too. One that is not there is
// not made.
func edited(f sysfs.FS, path string, edit func(old []byte) ([]byte, error)) (Change, error) {
	c := Change{Path: path}
	old, exists, err := etc.Read(f, path)
	if err != nil || !exists {
		return c, err
	}
	c.Old = State{Exists: true, Content: old}
	content, err := edit(old)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	c.New = State{Exists: true, Content: content}
	return c, nil
}

// link is the change of a symbolic link that is ours.
func link(f sysfs.FS, path, target string, on bool) (Change, error) {
	c := Change{Path: path, Ours: true}
	old, err := f.Readlink(path)
	switch {
	case err == nil:
		c.Old = State{Exists: true, Target: old}
	case !sysfs.IsNotExist(err):
		return c, err
	}
	if on {
		c.New = State{Exists: true, Target: target}
	}
	return c, nil
}
