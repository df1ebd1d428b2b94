// Package sysfs is one rooted file system: the /sys, /proc, /etc, /run and
// /lib/modules of this machine, or of a tree that stands in their place.
//
// Every path that callers give is absolute as the kernel names it
// ("/sys/bus/pci/devices"); the root is put in front of it. Reads are bounded
// and made with plain read(2) calls, so that a driver that answers EAGAIN
// cannot park the caller in the runtime's poller.
package sysfs

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
)

// AttributeLimit is the size of the largest answer of one sysfs attribute, in
// bytes: the kernel gives it one page (fs/sysfs/file.c).
const AttributeLimit = 4096

// FS is a rooted file system. The zero value is the machine's own root. It is
// a value without state and may be shared between goroutines.
type FS struct {
	root string
}

// New returns the file system below root; "" and "/" are the machine's own. A
// relative root is below the working directory as it is now.
func New(root string) FS {
	if root == "" {
		return FS{}
	}
	// Abs fails only without a working directory; what is relative then names
	// nothing, and the first read says so.
	if absolute, err := filepath.Abs(root); err == nil {
		root = absolute
	}
	return FS{root: strings.TrimSuffix(root, "/")}
}

// Root is the root, as New takes it; "" for the machine's own.
func (fs FS) Root() string { return fs.root }

// Real says whether fs is the machine's own root: only there does a write
// reach a kernel, and only there may programs and hypercalls be used.
func (fs FS) Real() bool { return fs.root == "" }

// Path is name as the machine's own kernel knows it: with the root in front.
func (fs FS) Path(name string) string { return fs.root + name }

// AttrError is a failed operation on one file.
type AttrError struct {
	Op    string // "open", "read", "write", "readlink", "list"
	Path  string // the file, without the root
	Value string // what was to be written; only for a write or its open
	Err   error  // a syscall.Errno, or context.DeadlineExceeded
}

// Error names the file first, then what was tried, and the cause last.
func (e *AttrError) Error() string {
	if e.Value != "" {
		return e.Path + ": " + e.Op + " " + quote(e.Value) + ": " + describe(e.Err)
	}
	return e.Path + ": " + e.Op + ": " + describe(e.Err)
}

// Unwrap gives the cause: errors.Is(err, syscall.ENODEV) works.
func (e *AttrError) Unwrap() error { return e.Err }

func quote(value string) string {
	return `"` + strings.TrimSuffix(value, "\n") + `"`
}

// describe adds the errno's name, which is what kernel sources and search
// engines know it by.
func describe(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	if name := ErrnoName(errno); name != "" {
		return errno.Error() + " (" + name + ")"
	}
	return errno.Error()
}
