package etc

import (
	"bytes"
	"errors"
	"io"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// extendedMode is the permissions of a copy that Extend writes: an initramfs may have keys in it.
const extendedMode = 0o600

// Extend writes a copy of a file, with more bytes after it, as another file, which it replaces
// as Replace does: a power cut leaves none of it, or all. It keeps no backup of that file. The
// folder must exist.
func Extend(f sysfs.FS, from, name string, more []byte) error {
	source, err := f.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	to, err := resolve(f, name, false)
	if err != nil {
		return err
	}
	dir, err := lockFolder(f, to.dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	unfinished := temporary(to.base())
	if err := dir.unlink(unfinished); err != nil { // left by a process that was killed
		return err
	}
	err = dir.create(dir.name(unfinished), io.MultiReader(source, bytes.NewReader(more)), &attributes{mode: extendedMode})
	if err == nil {
		err = failed("rename", to.name, rename(f.Path(dir.name(unfinished)), f.Path(to.name)))
	}
	if err != nil {
		return errors.Join(err, dir.unlink(unfinished))
	}
	return dir.sync()
}
