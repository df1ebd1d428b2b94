package etc

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Mode is a plain file's permissions; 0 where there is none of that name, or it
// is something else. Links in the place of the file are not followed.
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

// SetMode gives a file its permissions.
func SetMode(f sysfs.FS, name string, mode fs.FileMode) error {
	to, err := resolve(f, name, true)
	if err != nil {
		return err
	}
	return failed("chmod", name, os.Chmod(f.Path(to.name), mode))
}

// RemoveFolder removes a folder that is empty, and sees that it stays removed.
// The errors are those of rmdir(2), that it is not empty or not there among them.
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
