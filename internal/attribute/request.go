package attribute

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// The operations of a request.
const (
	opRead  = "read"
	opWrite = "write"
	opHold  = "hold"
)

// request is what another process is asked to do. Its path is whole: there is
// no root to add.
type request struct {
	op, path, value string
}

// failed returns the error of a request whose process, or the wait for it, ended
// with err.
func (q request) failed(err error) error {
	var (
		hang    *HangError
		refused *refusal
	)
	switch {
	case errors.As(err, &hang):
		return hang
	case errors.As(err, &refused):
		return &sysfs.AttrError{Op: refused.op, Path: q.path, Value: q.value, Err: refused.errno}
	}
	return &sysfs.AttrError{Op: q.op, Path: q.path, Value: q.value, Err: err}
}

// refusal is a call that the kernel refused in the other process.
type refusal struct {
	op    string // "open", "read", "write", "hold" or "close"
	errno syscall.Errno
}

func (e *refusal) Error() string { return e.op + ": " + e.errno.Error() }

// lock opens a file and locks it, together with other processes that share its
// lock. The lock belongs to the open file: it ends when the last descriptor of
// it is closed, in whatever process.
func lock(path string) (descriptor int, err error) {
	descriptor, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := unix.FcntlFlock(uintptr(descriptor), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_RDLCK}); err != nil {
		unix.Close(descriptor)
		return 0, err
	}
	return descriptor, nil
}
