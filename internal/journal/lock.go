package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errLocked means that another process has locked a file.
var errLocked = errors.New("locked by another process")

// share takes a shared lock on the whole file, or fails at once with errLocked.
// The lock belongs to the open file description (fcntl F_OFD_SETLK, Linux 3.15)
// and ends with it.
func share(file *os.File) error { return setLock(file, unix.F_RDLCK) }

// lock takes an exclusive lock on the whole file, or fails at once with errLocked.
func lock(file *os.File) error { return setLock(file, unix.F_WRLCK) }

func setLock(file *os.File, kind int16) error {
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: kind})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return errLocked
	}
	return err
}

// locked reports whether another process has locked the file. It takes no lock.
func locked(file *os.File) (bool, error) {
	held := unix.Flock_t{Type: unix.F_WRLCK}
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &held)
	return held.Type != unix.F_UNLCK, err
}
