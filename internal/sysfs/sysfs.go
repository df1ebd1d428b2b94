// Package sysfs provides a rooted file system: the /sys, /proc, /etc, /run and
// /lib/modules of this machine, or of a tree below another root.
//
// Paths are absolute without the root ("/sys/bus/pci/devices"). Reads are bounded
// and use plain read(2) calls, so that a driver that returns EAGAIN cannot block the
// caller in the runtime's poller.
package sysfs

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
)

// AttributeLimit is the maximum size of a sysfs attribute, in bytes: the kernel's
// buffer is one page (fs/sysfs/file.c).
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
	// Abs fails only if there is no working directory. Then a relative root is
	// invalid, and the first read fails.
	if absolute, err := filepath.Abs(root); err == nil {
		root = absolute
	}
	return FS{root: strings.TrimSuffix(root, "/")}
}

// Root returns the root as an absolute path; "" for the machine's own.
func (fs FS) Root() string { return fs.root }

// Real reports whether fs is the machine's own root: only there does a write reach a
// kernel, and only there may programs and hypercalls be used.
func (fs FS) Real() bool { return fs.root == "" }

// Path returns the name with the root before it, which is its path for system calls.
func (fs FS) Path(name string) string { return fs.root + name }

// AttrError reports a failed operation on a file.
type AttrError struct {
	Op    string // "open", "read", "write", "readlink", "list"
	Path  string // the file, without the root
	Value string // the value to write; only for a write or its open
	Err   error  // a syscall.Errno, or context.DeadlineExceeded
}

// Error names the file, the operation, and the cause.
func (e *AttrError) Error() string {
	if e.Value != "" {
		return e.Path + ": " + e.Op + " " + quote(e.Value) + ": " + describe(e.Err)
	}
	return e.Path + ": " + e.Op + ": " + describe(e.Err)
}

// Unwrap returns the cause: errors.Is(err, syscall.ENODEV) works.
func (e *AttrError) Unwrap() error { return e.Err }

func quote(value string) string {
	return `"` + strings.TrimSuffix(value, "\n") + `"`
}

// describe adds the errno's name, which kernel sources and search engines use.
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
