package etc

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Link atomically makes name a symbolic link with the text target. It leaves a
// link that has this target already alone, and replaces anything else with that
// name except a folder. It creates missing folders of the path.
func Link(f sysfs.FS, name, target string) error {
	to, err := resolve(f, name, false)
	if err != nil {
		return err
	}
	dir, err := folderOf(f, to)
	if err != nil {
		return err
	}
	defer dir.Close()
	if old, err := f.Readlink(to.name); err == nil && old == target {
		return nil
	}
	unfinished := temporary(to.base())
	if err := dir.unlink(unfinished); err != nil { // left by a process that was killed
		return err
	}
	if err := os.Symlink(target, f.Path(dir.name(unfinished))); err != nil {
		return failed("symlink", dir.name(unfinished), err)
	}
	if err := unix.Rename(f.Path(dir.name(unfinished)), f.Path(to.name)); err != nil {
		return errors.Join(failed("rename", to.name, err), dir.unlink(unfinished))
	}
	return dir.sync()
}
