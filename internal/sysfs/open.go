package sysfs

import (
	"os"
	"syscall"
)

// Open opens the regular file name for reading. It is for files that are too large
// for Read and may be truncated meanwhile, which rules out Map. For anything but a
// regular file it returns EINVAL at once. The caller must close the file. The error
// is an *AttrError.
func (f FS) Open(name string) (*os.File, error) {
	// Otherwise opening a FIFO without a writer would block.
	file, err := os.OpenFile(f.Path(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, listError("open", name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = syscall.EINVAL
	}
	if err != nil {
		_ = file.Close()
		return nil, listError("open", name, err)
	}
	return file, nil
}
