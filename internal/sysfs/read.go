package sysfs

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"syscall"
)

// Read returns the content of the file name, at most limit bytes of it; what
// is longer is cut. The error is an *AttrError; fs.ErrNotExist is in its chain
// when the file is not there.
func (f FS) Read(name string, limit int) ([]byte, error) {
	fd, err := open(f.Path(name), syscall.O_RDONLY)
	if err != nil {
		return nil, &AttrError{Op: "open", Path: name, Err: err}
	}
	defer syscall.Close(fd)
	buf := make([]byte, 0, min(limit, expected(fd)))
	for len(buf) < limit {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(limit-len(buf), AttributeLimit))
		}
		n, err := read(fd, buf[len(buf):min(cap(buf), limit)])
		if err != nil {
			return nil, &AttrError{Op: "read", Path: name, Err: err}
		}
		if n == 0 {
			break
		}
		buf = buf[:len(buf)+n]
	}
	return buf, nil
}

// expected is a first guess at the size of an open file: what stat says and one
// byte more, so that the end shows in the read that gets everything. Files of
// /proc say 0.
func expected(fd int) int {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Size <= 0 {
		return AttributeLimit
	}
	return int(min(st.Size, math.MaxInt32)) + 1
}

// Attribute returns one sysfs attribute without the newline at its end. One
// read(2) gets all of it: the kernel answers from a buffer of one page.
func (f FS) Attribute(name string) (string, error) {
	fd, err := open(f.Path(name), syscall.O_RDONLY)
	if err != nil {
		return "", &AttrError{Op: "open", Path: name, Err: err}
	}
	defer syscall.Close(fd)
	var page [AttributeLimit]byte
	n, err := read(fd, page[:])
	if err != nil {
		return "", &AttrError{Op: "read", Path: name, Err: err}
	}
	return strings.TrimSuffix(string(page[:n]), "\n"), nil
}

func read(fd int, p []byte) (int, error) {
	for {
		n, err := syscall.Read(fd, p)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// Readlink returns the target of the symbolic link name, as it is written.
func (f FS) Readlink(name string) (string, error) {
	buf := make([]byte, syscall.PathMax)
	for {
		n, err := syscall.Readlink(f.Path(name), buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return "", &AttrError{Op: "readlink", Path: name, Err: err}
		}
		return string(buf[:n]), nil
	}
}

// Exists says whether name is there. What cannot be looked at counts as
// absent.
func (f FS) Exists(name string) bool {
	var st syscall.Stat_t
	return syscall.Stat(f.Path(name), &st) == nil
}

// IsNotExist says whether err means that the file, or a directory above it, is
// not there.
func IsNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func open(path string, flags int) (int, error) {
	for {
		fd, err := syscall.Open(path, flags|syscall.O_CLOEXEC, 0)
		if !errors.Is(err, syscall.EINTR) {
			return fd, err
		}
	}
}
