package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrInUse means that somebody listens on the socket.
var ErrInUse = errors.New("another program listens on this socket")

// Access is who may connect to a socket.
type Access struct {
	Mode  fs.FileMode // permission bits: 0600, or 0660 with a group
	Group int         // the group's number
}

// Listen makes the socket path and listens on it. The socket appears at once with
// its access: it is made under another name in the same folder, and renamed. It
// replaces a socket on which nobody listens. The error is an *fs.PathError, with
// ErrInUse in its chain if somebody does listen, and ENOTSOCK if the file there is
// not a socket.
//
// Of two programs that call Listen at the same time the later may take the path away
// from the other; a caller who has to exclude that takes a lock before. The socket
// remains when the listener is closed.
func Listen(ctx context.Context, path string, access Access) (*net.UnixListener, error) {
	listener, err := listen(ctx, path, access)
	if err != nil {
		return nil, &fs.PathError{Op: "listen", Path: path, Err: err}
	}
	return listener, nil
}

func listen(ctx context.Context, path string, access Access) (*net.UnixListener, error) {
	if err := unused(ctx, path); err != nil {
		return nil, err
	}
	// The process's number makes the name its own: what a dead process of the same
	// number left is nobody's.
	hidden := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+strconv.Itoa(os.Getpid()))
	if err := os.Remove(hidden); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := bind(ctx, hidden)
	if err != nil {
		return nil, err
	}
	if err := publish(hidden, path, access); err != nil {
		return nil, errors.Join(err, listener.Close(), os.Remove(hidden))
	}
	return listener, nil
}

// publish gives the socket its access, and then its name.
func publish(hidden, path string, access Access) error {
	if err := os.Lchown(hidden, -1, access.Group); err != nil {
		return err
	}
	if err := os.Chmod(hidden, access.Mode.Perm()); err != nil {
		return err
	}
	return os.Rename(hidden, path)
}

// unused returns nil if there is nothing at path, or a socket on which nobody listens.
func unused(ctx context.Context, path string) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return unix.ENOTSOCK
	}
	conn, err := connect(ctx, path)
	switch {
	case err == nil:
		conn.Close()
		return ErrInUse
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, syscall.EAGAIN):
		// So many wait already that there is no place for one more.
		return ErrInUse
	}
	return err
}

// bind listens on a new socket to which only the owner can connect. bind(2) gives
// the file the mode of the descriptor (unix_bind_bsd in net/unix/af_unix.c), less the
// umask, which is the whole process's and stays as it is.
func bind(ctx context.Context, path string) (*net.UnixListener, error) {
	name, release, err := address(path)
	if err != nil {
		return nil, err
	}
	defer release()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), 0o600) })
		return errors.Join(err, failed)
	}}
	listener, err := config.Listen(ctx, "unix", name)
	if err != nil {
		return nil, err
	}
	made, ok := listener.(*net.UnixListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a listener of type %T", listener), listener.Close())
	}
	// The name is not the socket's for long.
	made.SetUnlinkOnClose(false)
	return made, nil
}
