// Package socket connects to unix sockets in the file system, and makes them.
package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// DialTimeout bounds every Dial whose context has no earlier deadline.
	DialTimeout = 5 * time.Second
	// turnPoll is how long a dial waits before it asks again for its turn.
	turnPoll = 10 * time.Millisecond
	// pathLimit is the size of sun_path in struct sockaddr_un, including the NUL at
	// its end.
	pathLimit = 108
)

// Dial connects to the socket at path, which may be longer than the 107 bytes of a
// socket's address. While as many connections wait for the server as its listen(2)
// allows, the kernel answers EAGAIN, and Dial waits for its turn.
func Dial(ctx context.Context, path string) (*net.UnixConn, error) {
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	for {
		conn, err := connect(ctx, path)
		if !errors.Is(err, syscall.EAGAIN) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(turnPoll):
		}
	}
}

// connect connects, or fails with EAGAIN at once.
func connect(ctx context.Context, path string) (*net.UnixConn, error) {
	name, release, err := address(path)
	if err != nil {
		return nil, err
	}
	defer release()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", name)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// address returns a name of path that fits into a socket's address. The name is
// valid until release is called.
func address(path string) (name string, release func(), err error) {
	if len(path) < pathLimit {
		return path, func() {}, nil
	}
	dir, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	name = fmt.Sprintf("/proc/self/fd/%d/%s", dir, filepath.Base(path))
	return name, func() { unix.Close(dir) }, nil
}
