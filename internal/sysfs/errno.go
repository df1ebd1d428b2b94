package sysfs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrnoName returns the kernel's name of an error number, such as "EBUSY"; "" if it
// has none.
func ErrnoName(errno syscall.Errno) string { return unix.ErrnoName(errno) }
