package pci

import (
	"errors"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// AttributeError reports a file of the kernel's that could not be read or written.
// Package pciback returns it too.
type AttributeError struct {
	Op    string // "open", "read", "write", "readlink" or "list"
	Path  string // the file, without the root
	Value string // what was to be written; "" for a read
	Err   error  // the kernel's errno, a syscall.Errno; or context.DeadlineExceeded
}

// Error names the file first, then what was tried, and the cause last, with the name
// of the errno.
func (e *AttributeError) Error() string { return (*sysfs.AttrError)(e).Error() }

// Unwrap returns the cause, so that errors.Is(err, syscall.ENODEV) works.
func (e *AttributeError) Unwrap() error { return e.Err }

// attributeError returns the error of a read as callers can match it.
func attributeError(err error) error {
	var failed *sysfs.AttrError
	if errors.As(err, &failed) {
		return (*AttributeError)(failed)
	}
	return err
}

// deviceError returns the error of a device that could not be read.
func deviceError(a Address, err error) error {
	return &DeviceError{Name: a.String(), Err: attributeError(err)}
}
