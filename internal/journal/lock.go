package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errLocked says that another process holds a file.
var errLocked = errors.New("held by another process")

// share locks the whole file together with others that share it, or fails at
// once with errLocked. The lock is that of the open file (fcntl F_OFD_SETLK,
// Linux 3.15) and ends with it.
func share(file *os.File) error { return setLock(file, unix.F_RDLCK) }

// lock takes the whole file for this process alone, or fails with errLocked.
func lock(file *os.File) error { return setLock(file, unix.F_WRLCK) }

func setLock(file *os.File, kind int16) error {
	err := unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: kind})
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
