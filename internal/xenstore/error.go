package xenstore

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrAbsent means that no xenstored answers: it does not run yet, or the machine
// does not run under Xen. Then no toolstack reads what would be written either.
var ErrAbsent = errors.New("no xenstored answers")

// Error reports a failed operation on the store. Err is the syscall.Errno that
// xenstored returned (fs.ErrNotExist is in its chain for a missing node),
// context.DeadlineExceeded or context.Canceled if no answer came in time,
// ErrAbsent, or what is wrong with the connection.
type Error struct {
	Op   string // "dial", "read", "write", "remove", "list", "ask", "watch"
	Path string // the node, or the socket or device for "dial"; may be empty
	Err  error
}

// Error names the node, the operation, and the cause.
func (e *Error) Error() string {
	cause := e.Err.Error()
	var errno syscall.Errno
	if errors.As(e.Err, &errno) {
		if name := unix.ErrnoName(errno); name != "" {
			cause += " (" + name + ")"
		}
	}
	if e.Path == "" {
		return fmt.Sprintf("xenstore: %s: %s", e.Op, cause)
	}
	return fmt.Sprintf("xenstore %s: %s: %s", e.Path, e.Op, cause)
}

// Unwrap returns the cause: errors.Is(err, fs.ErrNotExist) works.
func (e *Error) Unwrap() error { return e.Err }
