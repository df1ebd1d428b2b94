package etc

import (
	"errors"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// folderMode is the permissions of a new folder.
const folderMode = 0o755

// How often, and how long each time, to wait for another process that replaces a
// file in the same folder: five seconds in all, for a disk that is slow to flush.
const (
	lockTries = 250
	lockPause = 20_000_000 // ns
)

var errBusy = errors.New("another process is replacing a file in this folder; try again")

// folder is an open folder in which files are replaced.
type folder struct {
	*os.File
	fs   sysfs.FS
	path string // without the root
}

func openFolder(f sysfs.FS, name string) (*folder, error) {
	file, err := os.OpenFile(f.Path(name), os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, failed("open", name, err)
	}
	return &folder{file, f, name}, nil
}

// folderOf opens and locks the folder of a file, and creates it if it is missing.
func folderOf(f sysfs.FS, to place) (*folder, error) {
	if to.missing {
		if err := makeFolder(f, to.dir(), folderMode); err != nil {
			return nil, err
		}
	}
	return lockFolder(f, to.dir())
}

// lockFolder opens a folder and locks it (flock) until Close, or until the process
// ends.
func lockFolder(f sysfs.FS, name string) (*folder, error) {
	dir, err := openFolder(f, name)
	if err != nil {
		return nil, err
	}
	for range lockTries {
		switch err = unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
		case err == nil, errors.Is(err, unix.EBADF), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOTSUP):
			return dir, nil // network file systems cannot lock folders
		case errors.Is(err, unix.EWOULDBLOCK):
			err = errBusy
			_ = unix.Nanosleep(&unix.Timespec{Nsec: lockPause}, nil)
			continue
		case errors.Is(err, unix.EINTR):
			continue
		}
		break
	}
	dir.Close()
	return nil, failed("lock", name, err)
}

func (d *folder) name(base string) string { return path.Join(d.path, base) }

// sync flushes the folder's entries, so that they survive a power cut.
func (d *folder) sync() error {
	err := d.Sync()
	if errors.Is(err, syscall.EINVAL) { // the file system cannot flush folders
		return nil
	}
	return failed("fsync", d.path, err)
}

// unlink removes a file from the folder, if it exists.
func (d *folder) unlink(base string) error {
	for {
		err := unix.Unlink(d.fs.Path(d.name(base)))
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case sysfs.IsNotExist(err):
			return nil
		}
		return failed("unlink", d.name(base), err)
	}
}

// makeFolder creates a folder and its missing parents, and flushes each.
func makeFolder(f sysfs.FS, name string, mode os.FileMode) error {
	err := os.Mkdir(f.Path(name), mode)
	if errors.Is(err, os.ErrNotExist) {
		if err := makeFolder(f, path.Dir(name), mode); err != nil {
			return err
		}
		err = os.Mkdir(f.Path(name), mode)
	}
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err == nil {
		err = os.Chmod(f.Path(name), mode) // the umask may have cleared bits
	}
	if err != nil {
		return failed("mkdir", name, err)
	}
	above, err := openFolder(f, path.Dir(name))
	if err != nil {
		return err
	}
	defer above.Close()
	return above.sync()
}
