package sysfs

import (
	"errors"
	"os"
	"syscall"
)

// List returns the names in the directory name, in the kernel's order. The
// error is an *AttrError.
func (f FS) List(name string) ([]string, error) {
	dir, err := os.Open(f.Path(name))
	if err != nil {
		return nil, listError("open", name, err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, listError("list", name, err)
	}
	return names, nil
}

func listError(op, name string, err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
	}
	return &AttrError{Op: op, Path: name, Err: err}
}
