package etc

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// defaultMode is the permissions of a new file.
const defaultMode = 0o644

// Replace atomically replaces the content of the file name: it writes another file
// in the same folder, flushes it and renames it. It leaves a file that has the
// content already alone.
//
// The file keeps its mode, owner, access control list and extended attributes,
// including the SELinux label. Replace follows links and replaces their target;
// other hard links to the file keep the old content. It creates missing folders of
// the path.
//
// The content before xenpci's first edit is kept below BackupDir until the file
// has it again.
//
// After an error the file has its old content, with two exceptions: if the folder
// could not be flushed, the file has the new content, which a power cut may undo;
// and if a backup that is no longer needed could not be removed, the file has the
// new content.
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

// write replaces one file of the folder. done reports whether the file has its new
// content, which may be so even after an error.
func (d *folder) write(base string, content []byte, given *attributes) (done bool, err error) {
	unfinished := temporary(base)
	if err := d.unlink(unfinished); err != nil { // left by a process that was killed
		return false, err
	}
	name := d.name(unfinished)
	if err = d.create(name, bytes.NewReader(content), given); err == nil {
		if err = rename(d.fs.Path(name), d.fs.Path(d.name(base))); err == nil {
			return true, d.sync()
		}
		err = failed("rename", d.name(base), err)
	}
	return false, errors.Join(err, d.unlink(unfinished))
}

// create writes a new file and flushes it.
func (d *folder) create(name string, content io.Reader, given *attributes) error {
	file, err := os.OpenFile(d.fs.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return failed("create", name, err)
	}
	return fill(file, name, content, given)
}

// fill writes a new file and closes it. It sets the attributes after the content,
// because writing clears some of them.
func fill(file *os.File, name string, content io.Reader, given *attributes) error {
	_, err := io.Copy(file, content)
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

// Sweep removes what a process that was killed while it replaced a file left beside it, and beside its
// backup.
func Sweep(f sysfs.FS, name string) error {
	link, err := resolve(f, name, false)
	if err == nil {
		err = sweep(f, link)
	}
	if err != nil {
		return err
	}
	to, err := resolve(f, name, true)
	if err != nil || to.name == masked {
		return nil //nolint:nilerr // a link that leads nowhere: nothing was replaced by it
	}
	if err := sweep(f, to); err != nil {
		return err
	}
	b, err := placeBackup(f, to.name)
	if err == nil {
		err = sweep(f, b.place)
	}
	if err == nil {
		b.removeFolders() // they may have been made for a copy that there is not
	}
	return err
}

func sweep(f sysfs.FS, to place) error {
	if _, err := os.Lstat(f.Path(Unfinished(to.name))); err != nil {
		return nil //nolint:nilerr // it is not there, or not known to be
	}
	dir, err := lockFolder(f, to.dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.unlink(temporary(to.base()))
}

// Unfinished returns the path of the file that a process leaves that is killed while it writes one.
func Unfinished(name string) string { return path.Join(path.Dir(name), temporary(path.Base(name))) }

// temporary returns the name of a file that is being written. Programs that read
// all files of a folder ignore it, because it begins with a dot and has none of the
// suffixes that they look for.
func temporary(base string) string { return "." + base + ".xenpci" }

// rename omits os.Rename's check whether the new name is a folder: rename(2) makes
// that check itself.
func rename(from, to string) error {
	for {
		if err := unix.Rename(from, to); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
