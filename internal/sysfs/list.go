package sysfs

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// List returns the names in the directory name, in the kernel's order. The
// error is an *AttrError.
func (f FS) List(name string) ([]string, error) {
	dir, err := openDir(f.Path(name))
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

// openDir opens a directory without the runtime's poller, which does not support
// directories: os.Open makes five system calls to find that out.
func openDir(path string) (*os.File, error) {
	fd, err := open(unix.AT_FDCWD, path, syscall.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

func listError(op, name string, err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
	}
	return &AttrError{Op: op, Path: name, Err: err}
}
