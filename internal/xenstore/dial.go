package xenstore

import (
	"context"
	"errors"
	"fmt"
	iofs "io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const (
	device = "/dev/xen/xenbus"
	// probeTimeout is how long xenstored may take to answer the first read
	// over the device: a kernel without a xenstored opens the device and
	// never answers (measured on Linux 6.1, Xen 4.17).
	probeTimeout = 500 * time.Millisecond
	// socketPathLimit is the size of sun_path of struct sockaddr_un, with the
	// NUL at its end.
	socketPathLimit = 108
)

// sockets are the places of xenstored's socket. Debian's xenstored 4.17
// listens at /run/xenstored; before /run there was /var/run.
func sockets() []string {
	return []string{"/run/xenstored/socket", "/var/run/xenstored/socket"}
}

// Dial connects to the xenstored of fs: by its socket, or, on the machine's
// own root and where there is no socket, through /dev/xen/xenbus. It returns
// ErrAbsent within a second when nobody is there; a socket whose other end
// accepts and stays silent fails with the first call instead. The error is an
// *Error.
func Dial(ctx context.Context, fs sysfs.FS) (*Client, error) {
	stale := ""
	for _, path := range sockets() {
		conn, err := dialSocket(ctx, fs.Path(path))
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
		// xenstored was here and died. The kernel's ring leads to the same
		// dead process, so there is nothing to ask the device.
		return nil, &Error{Op: "dial", Path: stale, Err: ErrAbsent}
	case !fs.Real():
		return nil, &Error{Op: "dial", Path: sockets()[0], Err: ErrAbsent}
	}
	return dialDevice(ctx, fs, device)
}

// dialSocket connects to a unix socket, however long its path is.
func dialSocket(ctx context.Context, path string) (connection, error) {
	if len(path) >= socketPathLimit {
		dir, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		defer unix.Close(dir)
		path = fmt.Sprintf("/proc/self/fd/%d/%s", dir, filepath.Base(path))
	}
	dialer := net.Dialer{Timeout: CallTimeout}
	return dialer.DialContext(ctx, "unix", path)
}

// dialDevice opens the kernel's way to xenstored and sees whether anybody
// answers at the other end of it.
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

// probe reads the root of the store. Any answer is a sign of life.
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

// answersAsynchronously says whether a write to the device returns before the
// answer is there, which is so since Linux 4.11. In older kernels the writer
// waits in the kernel, where neither a deadline nor a signal reaches it
// (drivers/xen/xenbus/xenbus_dev_frontend.c): those are not asked.
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

// cause strips what net and os put around an errno.
func cause(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
