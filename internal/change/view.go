package change

import (
	"path"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// View is a file system as it will be once a plan has been carried out. Changes
// that are planned through it start from what the plan makes of the files.
type View struct {
	fs   sysfs.FS
	plan *Plan
}

// Now returns the file system as it is.
func Now(f sysfs.FS) View { return View{f, &Plan{}} }

// View returns the file system as it will be after the plan.
func (p *Plan) View(f sysfs.FS) View { return View{f, p} }

// At returns the state of a path itself. A symbolic link is not followed.
func (v View) At(name string) (State, error) {
	if s, ok := v.planned(name); ok {
		return s, nil
	}
	return at(v.fs, name)
}

// Content returns the state of the file that a path leads to. Where none is, the
// State does not exist, which is no error.
func (v View) Content(name string) (State, error) {
	if s, ok := v.planned(name); ok {
		return s, nil
	}
	return contentAt(v.fs, name)
}

func (v View) planned(name string) (State, bool) {
	for _, c := range v.plan.Changes {
		if c.Path == name {
			return c.New, true
		}
	}
	return State{}, false
}

// ForeignError reports a file or link of somebody else's at a path where one of
// ours would have to be.
type ForeignError struct{ Path string }

// Error names the file, and says what to do.
func (e *ForeignError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the file that is in the way.
func (e *ForeignError) Reason() string {
	return e.Path + ": xenpci did not write this file, and does not replace it"
}

// Advice returns what to do.
func (e *ForeignError) Advice() string { return "move it away first" }

// Whole plans a file that is ours alone; own reports whether the content of one
// that is there is ours. want is the file, or the zero State where there is to be
// none. A file of somebody else's stays, and is a *ForeignError if ours is wanted.
func (v View) Whole(name string, want State, own func(content []byte) bool) (Change, error) {
	old, err := v.At(name)
	if err != nil {
		return Change{}, err
	}
	c := Change{Path: name, Ours: true, Old: old, New: want}
	if old.Exists && (old.Target != "" || !own(old.Content)) {
		c.New = old
		if want.Exists {
			return c, &ForeignError{name}
		}
	}
	return c, nil
}

// Link plans a symbolic link that is ours, or with on false that there is none. A
// link that leads to the same file in other words is as good. One that leads to
// another file of the same name makes that the one which is used: it is somebody
// else's, and stays. Anything else that is there is a *ForeignError.
func (v View) Link(name, target string, on bool) (Change, error) {
	old, err := v.At(name)
	if err != nil {
		return Change{}, err
	}
	c := Change{Path: name, Ours: true, Old: old}
	switch {
	case !old.Exists:
	case old.Target != "" && Leads(name, old.Target) == Leads(name, target):
		if on {
			c.New = old
		}
		return c, nil
	case on && (old.Target == "" || path.Base(old.Target) != path.Base(target)):
		return c, &ForeignError{name}
	default:
		c.New = old
		return c, nil
	}
	if on {
		c.New = State{Exists: true, Target: target}
	}
	return c, nil
}

// Edit plans an edit of a file that others write too: one that gives the file the
// lines of a kind, or with on false takes them out. A file that is not there is
// not made. The errors of edit are returned as they are, so they should name the
// file.
func (v View) Edit(kind Kind, name string, on bool, edit func(old []byte) ([]byte, error)) (Change, error) {
	old, err := v.Content(name)
	c := Change{Path: name, Follow: true, Old: old, New: old}
	if !on {
		c.Without = []Kind{kind}
	}
	if err != nil || !old.Exists {
		return c, err
	}
	c.New.Content, err = edit(old.Content)
	if err == nil && on && !c.Equal() {
		c.With = []Kind{kind}
	}
	return c, err
}
