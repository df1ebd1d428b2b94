package sysfs

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Read returns the first limit bytes of the file name, or all of a shorter file. The
// error is an *AttrError, with fs.ErrNotExist in its chain if the file does not
// exist.
func (f FS) Read(name string, limit int) ([]byte, error) {
	content, op, err := readFile(unix.AT_FDCWD, f.Path(name), limit)
	if err != nil {
		return nil, &AttrError{Op: op, Path: name, Err: err}
	}
	return content, nil
}

// readFile reads a file. A relative path is relative to the directory at. op is the
// operation that failed.
func readFile(at int, path string, limit int) (content []byte, op string, err error) {
	fd, err := open(at, path, syscall.O_RDONLY)
	if err != nil {
		return nil, "open", err
	}
	defer syscall.Close(fd)
	buf := make([]byte, 0, min(limit, expected(fd)))
	for len(buf) < limit {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(limit-len(buf), AttributeLimit))
		}
		n, err := read(fd, buf[len(buf):min(cap(buf), limit)])
		if err != nil {
			return nil, "read", err
		}
		if n == 0 {
			break
		}
		buf = buf[:len(buf)+n]
	}
	return buf, "", nil
}

// expected returns the size of the first buffer for an open file: the size from
// stat plus one byte, so that a single read also finds the end. Files in /proc have
// size 0.
func expected(fd int) int {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Size <= 0 {
		return AttributeLimit
	}
	return int(min(st.Size, math.MaxInt32)) + 1
}

// Attribute returns a sysfs attribute without the newline at its end. A single
// read(2) returns all of it, because the kernel's buffer is one page.
func (f FS) Attribute(name string) (string, error) {
	var page [AttributeLimit]byte
	text, op, err := readAttribute(unix.AT_FDCWD, f.Path(name), page[:])
	if err != nil {
		return "", &AttrError{Op: op, Path: name, Err: err}
	}
	return text, nil
}

// readAttribute reads a file into a page of memory.
func readAttribute(at int, path string, page []byte) (text, op string, err error) {
	fd, err := open(at, path, syscall.O_RDONLY)
	if err != nil {
		return "", "open", err
	}
	defer syscall.Close(fd)
	n, err := read(fd, page)
	if err != nil {
		return "", "read", err
	}
	return string(bytes.TrimSuffix(page[:n], []byte{'\n'})), "", nil
}

func read(fd int, p []byte) (int, error) {
	for {
		n, err := syscall.Read(fd, p)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// Readlink returns the target of the symbolic link name, unresolved.
func (f FS) Readlink(name string) (string, error) {
	var page [unix.PathMax]byte
	target, err := readlink(unix.AT_FDCWD, f.Path(name), page[:])
	if err != nil {
		return "", &AttrError{Op: "readlink", Path: name, Err: err}
	}
	return target, nil
}

func readlink(at int, path string, page []byte) (string, error) {
	for {
		n, err := unix.Readlinkat(at, path, page)
		if !errors.Is(err, syscall.EINTR) {
			return string(page[:max(n, 0)]), err
		}
	}
}

// Exists reports whether name exists. It returns false if that cannot be determined.
func (f FS) Exists(name string) bool {
	var st syscall.Stat_t
	return syscall.Stat(f.Path(name), &st) == nil
}

// IsNotExist reports whether err means that the file, or a directory above it, does
// not exist.
func IsNotExist(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// open opens a file. A FIFO in its place would block until another process opens it, but for O_NONBLOCK.
func open(at int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(at, path, flags|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.EINTR) {
			return fd, err
		}
	}
}
