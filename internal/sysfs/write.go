package sysfs

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Write carries value to the attribute name with one write(2). The file is
// opened for writing only: it is never created and never truncated.
//
// Some attributes (a driver's unbind) can keep the caller in the kernel for
// ever, where no signal reaches it; internal/attribute has other processes make
// such writes. The error is an *AttrError with the kernel's errno.
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
