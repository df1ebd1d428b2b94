package sysfs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Size returns the size of the file name in bytes. It follows links. The error is an
// *AttrError.
func (f FS) Size(name string) (uint64, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(f.Path(name), &st); err != nil {
		return 0, &AttrError{Op: "stat", Path: name, Err: err}
	}
	return uint64(max(st.Size, 0)), nil
}

// Free returns how many bytes a program may still write to the file system that the file name is
// on (statfs(2)). The error is an *AttrError.
func (f FS) Free(name string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(f.Path(name), &st); err != nil {
		return 0, &AttrError{Op: "statfs", Path: name, Err: err}
	}
	return st.Bavail * uint64(max(st.Bsize, 0)), nil
}
