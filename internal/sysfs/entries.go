package sysfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Entries returns what is in the directory name, with types, at most limit of
// it, in the kernel's order. A link in the place of the directory is not
// followed (ENOTDIR). The error is an *AttrError.
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
