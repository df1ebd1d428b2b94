package xenstore

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrAbsent means that no xenstored answers: none runs yet, or the machine is
// not under Xen. What would be written into the store has no reader then.
var ErrAbsent = errors.New("no xenstored answers")

// Error is a failed operation on the store. Err is the syscall.Errno that
// xenstored gave (fs.ErrNotExist is in the chain of a missing node's),
// context.DeadlineExceeded or context.Canceled when no answer came in time,
// ErrAbsent, or what is wrong with the connection.
type Error struct {
	Op   string // "dial", "read", "write", "remove", "list", "ask", "begin", "commit"
	Path string // the node, or the socket or device for "dial"; may be empty
	Err  error
}

// Error names the node first, then what was tried, and the cause last.
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

// Unwrap gives the cause: errors.Is(err, fs.ErrNotExist) works.
func (e *Error) Unwrap() error { return e.Err }
