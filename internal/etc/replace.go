package etc

import (
	"bytes"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// defaultMode are the permissions of a new file.
const defaultMode = 0o644

// Replace gives the file name this content, whatever happens meanwhile: the
// content is written to another file of the same folder, flushed, and renamed.
// A file that has the content already is left alone.
//
// The file keeps its mode, owner, access control list and extended attributes,
// the SELinux label among them. A link stays a link, and what it leads to is
// replaced; other hard links keep the old content. Folders of the path that are
// not there are made.
//
// The content before xenpci's first edit is kept below BackupDir, until the file
// is back to it.
//
// After an error the file has its old content, but for two: when the folder could
// not be flushed, it has the new one, which a power cut may take back; and when a
// backup that is not needed any more could not be removed.
func Replace(f sysfs.FS, name string, content []byte, o Options) error {
	if len(content) > Limit {
		return failed("write", name, errTooLarge)
	}
	to, err := resolve(f, name, true)
	if err == nil && to.name == masked {
		err = failed("replace", name, errMasked)
	}
	if err != nil {
		return err
	}
	dir, err := folderOf(f, to)
	if err != nil {
		return err
	}
	defer dir.Close()
	old, err := readOld(f, to.name)
	if err != nil {
		return err
	}
	var keep *backup
	if !o.NoBackup {
		if keep, err = openBackup(f, to.name); err != nil {
			return err
		}
	}
	if old != nil && bytes.Equal(old.content, content) {
		return keep.replaced(content)
	}
	if err := keep.replacing(old); err != nil {
		return err
	}
	given := old
	if given == nil {
		given = &attributes{mode: uint32(o.Mode.Perm())}
		if given.mode == 0 {
			given.mode = defaultMode
		}
	}
	done, err := dir.write(to.base(), content, given)
	if err != nil {
		if !done {
			err = errors.Join(err, keep.takeBack())
		}
		return err
	}
	return keep.replaced(content)
}

// write replaces one file of the folder. done says whether it has got its new
// content, which may be so after an error too.
func (d *folder) write(base string, content []byte, given *attributes) (done bool, err error) {
	unfinished := temporary(base)
	if err := d.unlink(unfinished); err != nil { // of a process that was killed
		return false, err
	}
	name := d.name(unfinished)
	file, err := os.OpenFile(d.fs.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return false, failed("create", name, err)
	}
	if err = fill(file, name, content, given); err == nil {
		if err = rename(d.fs.Path(name), d.fs.Path(d.name(base))); err == nil {
			return true, d.sync()
		}
		err = failed("rename", d.name(base), err)
	}
	return false, errors.Join(err, d.unlink(unfinished))
}

// fill writes a new file and closes it. Its attributes come after the content:
// writing takes some of them away.
func fill(file *os.File, name string, content []byte, given *attributes) error {
	_, err := file.Write(content)
	err = failed("write", name, err)
	if err == nil {
		err = given.apply(file, name)
	}
	if err == nil {
		err = failed("fsync", name, file.Sync())
	}
	if closeErr := failed("close", name, file.Close()); err == nil {
		err = closeErr
	}
	return err
}

// temporary is the name of a file in the making. A folder's readers pass over
// it: it begins with a dot and ends in no suffix that they look for.
func temporary(base string) string { return "." + base + ".xenpci" }

// rename is without the check of os.Rename for a folder of the new name, since
// the system makes that check anyway.
func rename(from, to string) error {
	for {
		if err := unix.Rename(from, to); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
