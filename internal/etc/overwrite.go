package etc

import (
	"errors"
	"os"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

var errOtherSize = errors.New("it has another size than what is to be written")

// Overwrite writes a file of the same size in place, into the blocks that the file has, and
// flushes it. It is for a file that the boot loader writes to by its blocks, and that must not
// become another one. A power cut may leave a part of the new content. It does nothing if the
// content is there already.
func Overwrite(f sysfs.FS, name string, content []byte) (err error) {
	to, err := resolve(f, name, true)
	if err != nil {
		return err
	}
	old, exists, err := Read(f, to.name)
	switch {
	case err != nil:
		return err
	case !exists:
		return failed("open", to.name, syscall.ENOENT)
	case len(old) != len(content):
		return failed("write", to.name, errOtherSize)
	case string(old) == string(content):
		return nil
	}
	file, err := os.OpenFile(f.Path(to.name), os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return failed("open", to.name, err)
	}
	_, err = file.WriteAt(content, 0)
	err = failed("write", to.name, err)
	if err == nil {
		err = failed("fsync", to.name, file.Sync())
	}
	return errors.Join(err, failed("close", to.name, file.Close()))
}
