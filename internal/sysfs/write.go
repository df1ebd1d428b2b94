package sysfs

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Write writes value to the attribute name with one write(2). It opens the file for
// writing only, and never creates or truncates it.
//
// A write to some attributes, such as a driver's unbind, can hang in the kernel for
// ever, where no signal reaches it. Package attribute makes such writes in another
// process. The error is an *AttrError with the kernel's errno.
func (f FS) Write(name, value string) error {
	fd, err := open(unix.AT_FDCWD, f.Path(name), syscall.O_WRONLY)
	if err != nil {
		return &AttrError{Op: "open", Path: name, Value: value, Err: err}
	}
	defer syscall.Close(fd)
	for {
		n, err := syscall.Write(fd, []byte(value))
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return &AttrError{Op: "write", Path: name, Value: value, Err: err}
		case n != len(value):
			return &AttrError{Op: "write", Path: name, Value: value, Err: syscall.EIO}
		}
		return nil
	}
}
