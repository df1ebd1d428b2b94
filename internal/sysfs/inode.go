package sysfs

import (
	"errors"
	"os"
	"syscall"
)

// Inode returns the inode number of the file name; 0 where the system has none. It follows
// links. A file of sysfs that was removed and made again has another one. The error is an
// *AttrError.
func (f FS) Inode(name string) (uint64, error) {
	info, err := os.Stat(f.Path(name))
	if err != nil {
		return 0, &AttrError{Op: "stat", Path: name, Err: errors.Unwrap(err)}
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, nil
	}
	return stat.Ino, nil
}
