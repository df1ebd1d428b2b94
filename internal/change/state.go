package change

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// State is what there is at a path. The zero State is nothing.
type State struct {
	Exists  bool
	Content []byte      // of a file
	Target  string      // of a symbolic link, as it is written; "" for a file
	Mode    fs.FileMode // permissions of a file; 0 means 0644 for a file that is to be made
}

// Same reports whether two states are the same but for permissions.
func (s State) Same(other State) bool {
	return s.Exists == other.Exists && s.Target == other.Target && bytes.Equal(s.Content, other.Content)
}

// at reads the state of a path itself. A symbolic link is not followed.
func at(f sysfs.FS, name string) (State, error) {
	target, err := f.Readlink(name)
	switch {
	case err == nil:
		return State{Exists: true, Target: target}, nil
	case sysfs.IsNotExist(err):
		return State{}, nil
	case !errors.Is(err, syscall.EINVAL): // it is not a link
		return State{}, err
	}
	return contentAt(f, name)
}

// contentAt reads the state of the file that a path leads to.
func contentAt(f sysfs.FS, name string) (State, error) {
	content, exists, err := etc.Read(f, name)
	if err != nil || !exists {
		return State{}, err
	}
	return State{Exists: true, Content: content, Mode: etc.Mode(f, name)}, nil
}

// Leads returns the path that a symbolic link at name leads to, without following
// further links.
func Leads(name, target string) string {
	if !strings.HasPrefix(target, "/") {
		target = path.Join(path.Dir(name), target)
	}
	return path.Clean(target)
}
