package sysfs

import (
	"os"
	"syscall"
)

// Open opens the regular file name for reading: for what is too large for Read
// and may be made shorter while it is read, which Map does not survive.
// Anything but a regular file is EINVAL, and is not waited for. Who opens it
// closes it. The error is an *AttrError.
func (f FS) Open(name string) (*os.File, error) {
	// A FIFO without a writer would keep the caller.
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
