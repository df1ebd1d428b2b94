package etc

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// FIFREEZE and FITHAW of include/uapi/linux/fs.h, as all machines number them on which Xen runs.
const (
	freeze = 0xc0045877
	thaw   = 0xc0045878
)

// Settle has the file system of a folder write everything to its place, and leave nothing in its
// journal: a boot loader does not read the journal, and would see the folder as it was after a
// power cut. The file system is frozen and thawed again, which takes as long as writing does. A
// file system that cannot be frozen is flushed. It does nothing below a root that is not this
// machine's.
func Settle(f sysfs.FS, folder string) error {
	if !f.Real() {
		return nil
	}
	dir, err := os.OpenFile(f.Path(folder), os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return failed("open", folder, err)
	}
	defer dir.Close()
	fd := int(dir.Fd())
	if err := unix.Syncfs(fd); err != nil {
		return failed("syncfs", folder, err)
	}
	runtime.LockOSThread() // nothing else happens in between
	defer runtime.UnlockOSThread()
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), freeze, 0)
	switch {
	case errno == unix.EOPNOTSUPP || errno == unix.ENOTTY || errno == unix.EBUSY: // or it is frozen by another, who thaws it
		return nil
	case errno != 0:
		return failed("freeze", folder, errno)
	}
	for {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, uintptr(fd), thaw, 0)
		if !errors.Is(errno, unix.EINTR) {
			break
		}
	}
	if errno != 0 && errno != unix.EINVAL { // somebody else has thawed it
		return failed("thaw", folder, errno)
	}
	return nil
}
