package hypercall

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Load loads the kernel module that a file has (finit_module), which must not be compressed, with
// its options as modprobe hands them over. One that is loaded already is no error.
func Load(fs sysfs.FS, name, options string) error {
	file, err := fs.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	err = unix.FinitModule(int(file.Fd()), options, 0)
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return &os.PathError{Op: "load the module", Path: fs.Path(name), Err: err}
	}
	return nil
}

// Reachable reports whether there is the device by which processes make hypercalls.
func Reachable(fs sysfs.FS) bool { return fs.Exists(privcmdDevice) }
