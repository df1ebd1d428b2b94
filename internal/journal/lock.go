package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errLocked says that another process holds a file.
var errLocked = errors.New("held by another process")

// lock takes the whole file, or fails at once with errLocked. The lock belongs
// to the open file (fcntl F_OFD_SETLK, Linux 3.15): a child that inherits the
// file holds it too, and it ends with the last of them.
func lock(file *os.File) error {
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return errLocked
	}
	return err
}

// locked says whether some process holds the file, without taking it.
func locked(file *os.File) (bool, error) {
	held := unix.Flock_t{Type: unix.F_WRLCK}
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &held)
	return held.Type != unix.F_UNLCK, err
}
