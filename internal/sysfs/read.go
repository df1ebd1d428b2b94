package sysfs

import (
	"errors"
	"io/fs"
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
	// Most attributes are a few bytes; a regular file may be larger.
	buf := make([]byte, 0, min(limit, 512))
	for len(buf) < limit {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(limit, max(AttributeLimit, 4*cap(buf))))
			copy(grown, buf)
			buf = grown
		}
		n, err := syscall.Read(fd, buf[len(buf):cap(buf)])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
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

// Attribute returns one sysfs attribute without the newline at its end.
func (f FS) Attribute(name string) (string, error) {
	b, err := f.Read(name, AttributeLimit)
	return strings.TrimSuffix(string(b), "\n"), err
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
