package boot

import (
	"bytes"
	"errors"
	"io/fs"
	"syscall"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// State is what stands at a path.
type State struct {
	Exists  bool
	Content []byte      // of a file
	Target  string      // of a link; "" for a file
	Mode    fs.FileMode // permissions of a file; 0 is 0644 for one that is to be made
}

// same says whether two states are one; of a file the content counts.
func (s State) same(other State) bool {
	return s.Exists == other.Exists && s.Target == other.Target && bytes.Equal(s.Content, other.Content)
}

// stateAt is what stands at a path itself, a link as a link.
func stateAt(f sysfs.FS, path string) (State, error) {
	target, err := f.Readlink(path)
	switch {
	case err == nil:
		return State{Exists: true, Target: target}, nil
	case sysfs.IsNotExist(err):
		return State{}, nil
	case !errors.Is(err, syscall.EINVAL): // no link
		return State{}, err
	}
	return contentAt(f, path)
}

// contentAt is the file that a path leads to.
func contentAt(f sysfs.FS, path string) (State, error) {
	content, exists, err := etc.Read(f, path)
	if err != nil || !exists {
		return State{}, err
	}
	return State{Exists: true, Content: content, Mode: etc.Mode(f, path)}, nil
}
