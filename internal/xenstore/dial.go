package xenstore

import (
	"context"
	"errors"
	"fmt"
	iofs "io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/socket"
	"github.com/xenpci/xenpci/internal/sysfs"
)

const (
	device = "/dev/xen/xenbus"
	// probeTimeout is how long xenstored may take to answer the first read
	// through the device. If no xenstored runs, the device can be opened and
	// never answers (measured on Linux 6.1, Xen 4.17).
	probeTimeout = 500 * time.Millisecond
)

// sockets returns the paths of xenstored's socket. Debian's xenstored 4.17 listens
// in /run/xenstored; older systems have /var/run.
func sockets() []string {
	return []string{"/run/xenstored/socket", "/var/run/xenstored/socket"}
}

// Dial connects to the xenstored of fs: through its socket, or through
// /dev/xen/xenbus if fs is the machine's own root and there is no socket. It
// returns ErrAbsent within a second if no xenstored answers. If a xenstored accepts
// the connection on its socket and never answers, the first call fails instead. The
// error is an *Error.
func Dial(ctx context.Context, fs sysfs.FS) (*Client, error) {
	stale := ""
	for _, path := range sockets() {
		conn, err := socket.Dial(ctx, fs.Path(path))
		switch {
		case err == nil:
			return newClient(conn), nil
		case errors.Is(err, iofs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		case errors.Is(err, syscall.ECONNREFUSED):
			stale = path
		default:
			return nil, &Error{Op: "dial", Path: path, Err: cause(err)}
		}
	}
	switch {
	case stale != "":
		// xenstored has died. The device leads to the same dead process, so it
		// is not tried.
		return nil, &Error{Op: "dial", Path: stale, Err: ErrAbsent}
	case !fs.Real():
		return nil, &Error{Op: "dial", Path: sockets()[0], Err: ErrAbsent}
	}
	return dialDevice(ctx, fs, device)
}

// dialDevice opens the kernel's device for xenstored and checks that a xenstored
// answers through it.
func dialDevice(ctx context.Context, fs sysfs.FS, path string) (*Client, error) {
	absent := &Error{Op: "dial", Path: path, Err: ErrAbsent}
	if !answersAsynchronously(fs) {
		return nil, absent
	}
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, iofs.ErrNotExist), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO):
		return nil, absent
	case err != nil:
		return nil, &Error{Op: "dial", Path: path, Err: cause(err)}
	}
	c := newClient(file)
	switch err := probe(ctx, c); {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		c.Close()
		return nil, absent
	case err != nil:
		c.Close()
		return nil, &Error{Op: "dial", Path: path, Err: err}
	}
	return c, nil
}

// probe reads the root of the store. Any answer shows that xenstored is alive.
func probe(ctx context.Context, c *Client) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	_, err := c.call(ctx, opRead, []byte("/\x00"))
	var errno syscall.Errno
	if errors.As(err, &errno) && c.lost == nil {
		return nil
	}
	return err
}

// answersAsynchronously reports whether a write to the device returns before the
// answer arrives, as since Linux 4.11. In older kernels the writer waits in the
// kernel, where neither a deadline nor a signal reaches it
// (drivers/xen/xenbus/xenbus_dev_frontend.c); the device is not used there.
func answersAsynchronously(fs sysfs.FS) bool {
	release, err := fs.Release()
	if err != nil {
		return false
	}
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major > 4 || major == 4 && minor >= 11
}

// cause unwraps an errno from the errors of net and os.
func cause(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
