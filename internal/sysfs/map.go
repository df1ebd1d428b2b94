package sysfs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Map maps at most limit bytes of the file name into memory. A page is read when it
// is accessed, so Map is for large files of which little is needed. The content must
// not be modified. unmap, never nil, ends the validity of content and of all slices
// of it; it must be called exactly once, after the last access.
//
// If a mapped file is truncated, an access to the missing part kills the process
// (SIGBUS). So Map is for files that are replaced with rename(2), after which the
// mapping still has the old file: the indexes of depmod, and pci.ids from a package
// or from update-pciids. It is not for files that people edit.
//
// A file without a size, or that cannot be mapped (in /proc, and in some FUSE and
// network file systems), is read instead. The error is an *AttrError, as for Read.
func (f FS) Map(name string, limit int) (content []byte, unmap func(), err error) {
	content, err = f.mapped(name, limit)
	if err == nil {
		return content, func() { _ = syscall.Munmap(content) }, nil
	}
	content, err = f.Read(name, limit)
	return content, func() {}, err
}

func (f FS) mapped(name string, limit int) ([]byte, error) {
	fd, err := open(unix.AT_FDCWD, f.Path(name), syscall.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd) // the mapping stays valid
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	// A length of 0, of the file or as the limit, is EINVAL.
	return syscall.Mmap(fd, 0, int(min(st.Size, int64(limit))), syscall.PROT_READ, syscall.MAP_PRIVATE)
}
