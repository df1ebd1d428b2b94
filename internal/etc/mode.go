package etc

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Mode returns the permissions of a regular file; 0 if there is none of that name
// or it is something else. It does not follow a link with that name.
func Mode(f sysfs.FS, name string) fs.FileMode {
	to, err := resolve(f, name, false)
	if err != nil {
		return 0
	}
	info, err := os.Lstat(f.Path(to.name))
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Mode().Perm()
}

// SetMode sets the permissions of a file.
func SetMode(f sysfs.FS, name string, mode fs.FileMode) error {
	to, err := resolve(f, name, true)
	if err != nil {
		return err
	}
	return failed("chmod", name, os.Chmod(f.Path(to.name), mode))
}

// RemoveFolder removes an empty folder, and flushes its parent so that a power cut
// does not bring it back. The errors are those of rmdir(2), including ENOTEMPTY
// and ENOENT.
func RemoveFolder(f sysfs.FS, name string) error {
	to, err := resolve(f, name, false)
	if err != nil {
		return err
	}
	if err := unix.Rmdir(f.Path(to.name)); err != nil {
		return failed("rmdir", name, err)
	}
	above, err := openFolder(f, to.dir())
	if err != nil {
		return err
	}
	defer above.Close()
	return above.sync()
}
