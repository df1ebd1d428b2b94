package sysfs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Map gives the content of the file name, at most limit bytes of it, without
// reading it: a page comes in when it is looked at. It is for large files of
// which little is wanted, and must not be written to. unmap, never nil, ends
// its validity and that of all its parts; it is called once, and by who is the
// last to look at them.
//
// A mapped file that is made shorter kills who looks at its missing end
// (SIGBUS). So Map is for files that their makers replace by rename(2), after
// which the mapping is still of the old one: the indexes of depmod, and pci.ids
// from a package or from update-pciids. It is not for what an editor saves.
//
// What has no size or cannot be mapped (a file of /proc, some FUSE and network
// file systems) is read instead. The error is an *AttrError, as for Read.
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
	defer syscall.Close(fd) // the mapping stays
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	// Mapping nothing is EINVAL, and so is a limit of 0.
	return syscall.Mmap(fd, 0, int(min(st.Size, int64(limit))), syscall.PROT_READ, syscall.MAP_PRIVATE)
}
