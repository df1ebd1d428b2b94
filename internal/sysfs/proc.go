package sysfs

import (
	"errors"
	"io/fs"
)

// NoProcError reports that a file of /proc is missing since nothing is mounted there. It is
// fs.ErrNotExist too.
type NoProcError struct{}

// Error says that /proc is not mounted.
func (NoProcError) Error() string { return "/proc is not mounted" }

// Is reports whether target is fs.ErrNotExist.
func (NoProcError) Is(target error) bool { return target == fs.ErrNotExist }

// Proc returns the error of a file below /proc: a NoProcError in place of a missing file if /proc
// is not mounted, and otherwise err.
func (f FS) Proc(err error) error {
	if errors.Is(err, fs.ErrNotExist) && !f.Exists("/proc/self") && !f.Exists("/proc/sys") {
		return NoProcError{}
	}
	return err
}
