package boot

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// mark is the line at the top of each file that is xenpci's alone, unless the file
// has one of its own.
const mark = brand.Mark + " boot. 'xenpci boot disable' removes it.\n"

// marked is a text with the mark at its top, behind a script's first line.
func marked(text []byte) []byte {
	if brand.Owns(text) {
		return text
	}
	first := 0
	if bytes.HasPrefix(text, []byte("#!")) {
		first = bytes.IndexByte(text, '\n') + 1
	}
	return []byte(string(text[:first]) + mark + string(text[first:]))
}

// ForeignError is a file of somebody else's where one of ours would have to be.
type ForeignError struct{ Path string }

// Error names the file, and what to do.
func (e *ForeignError) Error() string {
	return e.Path + " is there, and xenpci did not write it; move it away first"
}

// whole is the change of a file that is ours alone. Somebody else's is left
// where it is, and is a *ForeignError if ours is to be there.
func whole(f sysfs.FS, path string, content []byte, mode fs.FileMode, on bool) (Change, error) {
	old, err := stateAt(f, path)
	if err != nil {
		return Change{}, err
	}
	c := Change{Path: path, Ours: true, Old: old}
	foreign := old.Exists && (old.Target != "" || !brand.Owns(old.Content))
	switch {
	case foreign && on:
		return c, &ForeignError{path}
	case foreign:
		c.New = old
	case on:
		c.New = State{Exists: true, Content: marked(content), Mode: mode}
	}
	return c, nil
}

// wholes are the changes of shipped files.
func wholes(f sysfs.FS, files []initscript.File, on bool) ([]Change, error) {
	var changes []Change
	for _, file := range files {
		c, err := whole(f, file.Path, []byte(file.Text), file.Mode, on)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// edited is the change of a file that others write too. One that is not there is
// not made. With on false the edit takes out what is ours. The edit's errors name
// the file.
func edited(f sysfs.FS, path string, on bool, edit func(old []byte) ([]byte, error)) (Change, error) {
	old, err := contentAt(f, path)
	c := Change{Path: path, Old: old, New: old, forget: !on}
	if err != nil || !old.Exists {
		return c, err
	}
	c.New.Content, err = edit(old.Content)
	return c, err
}

// link is the change of a symbolic link that is ours. One that leads to the same
// file by other words is as good. One that leads to a file of the same name
// elsewhere has init start that one, and is somebody else's.
func link(f sysfs.FS, name, target string, on bool) (Change, error) {
	old, err := stateAt(f, name)
	if err != nil {
		return Change{}, err
	}
	c := Change{Path: name, Ours: true, Old: old}
	switch {
	case !old.Exists:
	case old.Target != "" && leads(name, old.Target) == leads(name, target):
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

// leads is the path that a link of that name means by target.
func leads(name, target string) string {
	if !strings.HasPrefix(target, "/") {
		target = path.Join(path.Dir(name), target)
	}
	return path.Clean(target)
}
