package sysfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Entries returns at most limit entries of the directory name with their types, in
// the kernel's order. It does not follow a link with that name (ENOTDIR). The error
// is an *AttrError.
func (f FS) Entries(name string, limit int) ([]fs.DirEntry, error) {
	dir, err := os.OpenFile(f.Path(name), os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, listError("open", name, err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(limit)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, listError("list", name, err)
	}
	return entries, nil
}
