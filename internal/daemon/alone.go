package daemon

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// ErrRuns is that another daemon runs.
var ErrRuns = errors.New("another xenpcid runs")

// alone takes the daemon's lock, passthrough.DaemonLock, which is held until the file is closed.
func alone(host *passthrough.Host) (*os.File, error) {
	f := sysfs.New(host.Root())
	name := f.Path(passthrough.DaemonLock)
	if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
		return nil, asRoot(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, asRoot(err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", passthrough.DaemonLock, err)
		}
		holder, _ := f.Attribute(passthrough.DaemonLock)
		return nil, fmt.Errorf("%w (process %s)", ErrRuns, strings.TrimSpace(holder))
	}
	if _, err := file.WriteAt(fmt.Appendf(nil, "%-10d\n", os.Getpid()), 0); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", passthrough.DaemonLock, err)
	}
	return file, nil
}

// asRoot adds what to do to an error of a caller who is not root.
func asRoot(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("must be run as root: %w", err)
	}
	return err
}
