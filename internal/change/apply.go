package change

import (
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// ChangedError reports a file that somebody else changed after the change of it
// was planned.
type ChangedError struct{ Path string }

// Error names the file.
func (e *ChangedError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the file, and returns what happened to it.
func (e *ChangedError) Reason() string {
	return e.Path + ": it was changed by another program or person after it was read, so it was left alone"
}

// Advice returns what to do.
func (e *ChangedError) Advice() string { return "run the command again" }

// apply makes the path as the change wants it. It does nothing where that is so
// already. Any other state than the old one is a *ChangedError: generators run
// for minutes, and somebody may have edited the file since.
func (c Change) apply(f sysfs.FS) error {
	now, err := c.now(f)
	switch {
	case err != nil:
		return err
	case now.Same(c.New):
		return c.makeExecutable(f)
	case !now.Same(c.Old):
		return &ChangedError{c.Path}
	case c.New.Target != "":
		return etc.Link(f, c.Path, c.New.Target)
	case !c.New.Exists:
		return etc.Remove(f, c.Path)
	}
	if err := etc.Replace(f, c.Path, c.New.Content, etc.Options{Mode: c.New.Mode, NoBackup: c.Ours}); err != nil {
		return err
	}
	return c.makeExecutable(f)
}

// makeExecutable restores the permissions of a file that is not executable any
// more: etc.Replace keeps those that the file has.
func (c Change) makeExecutable(f sysfs.FS) error {
	if !c.NotExecutable() {
		return nil
	}
	return etc.SetMode(f, c.Path, c.New.Mode)
}

func (c Change) now(f sysfs.FS) (State, error) {
	if c.Follow {
		return contentAt(f, c.Path)
	}
	return at(f, c.Path)
}
