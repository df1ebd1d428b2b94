package etc

import (
	"bytes"
	"errors"
	"os"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// BackupDir holds the files that do not belong to xenpci, as they were before
// xenpci first replaced them, each below its own path:
// /var/lib/xenpci/backup/etc/default/grub. Only root can read it, because boot
// loader files may contain passwords.
const BackupDir = "/var/lib/xenpci/backup"

const backupMode = 0o700

// backup is the copy that is kept of a file. A nil backup keeps nothing.
type backup struct {
	fs      sysfs.FS
	place   place
	content []byte // nil if there is no copy
	made    bool   // this edit made the copy
	top     string // BackupDir with its links resolved
}

// Backup returns the content that a file had before xenpci first replaced it.
// exists is false if xenpci has not replaced it, or it has that content again.
func Backup(f sysfs.FS, name string) (content []byte, exists bool, err error) {
	to, err := resolve(f, name, true)
	if err != nil {
		return nil, false, err
	}
	return Read(f, BackupDir+to.name)
}

func openBackup(f sysfs.FS, name string) (*backup, error) {
	b, err := placeBackup(f, name)
	if err != nil {
		return nil, err
	}
	kept, err := readOld(f, b.place.name)
	if kept != nil {
		b.content = append([]byte{}, kept.content...)
	}
	return b, err
}

// placeBackup returns where the copy of a file is, or would be, without its content.
func placeBackup(f sysfs.FS, name string) (*backup, error) {
	top, err := resolve(f, BackupDir, true)
	if err != nil {
		return nil, err
	}
	to, err := resolve(f, BackupDir+name, true)
	return &backup{fs: f, place: to, top: top.name}, err
}

// replacing keeps a copy of the old file, unless there was none or an older copy
// is kept already.
func (b *backup) replacing(old *attributes) error {
	if b == nil || old == nil || b.content != nil {
		return nil
	}
	if b.place.missing {
		if err := makeBackupFolder(b.fs, b.place.dir()); err != nil {
			return err
		}
	}
	dir, err := openFolder(b.fs, b.place.dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	if b.made, err = dir.write(b.place.base(), old.content, old); err != nil {
		return errors.Join(err, b.takeBack())
	}
	b.content = append([]byte{}, old.content...)
	return nil
}

// makeBackupFolder creates BackupDir and the folders below it with access for root
// only, and the folders above it with ordinary permissions.
func makeBackupFolder(f sysfs.FS, name string) error {
	above, err := resolve(f, path.Dir(BackupDir), true)
	if err != nil {
		return err
	}
	if err := makeFolder(f, above.name, folderMode); err != nil {
		return err
	}
	return makeFolder(f, name, backupMode)
}

// takeBack removes the copy that this edit made, if the file was not replaced.
func (b *backup) takeBack() error {
	if b == nil || !b.made {
		return nil
	}
	return b.remove()
}

// replaced removes the copy if the file has its old content again.
func (b *backup) replaced(content []byte) error {
	if b == nil || b.content == nil || !bytes.Equal(b.content, content) {
		return nil
	}
	return b.remove()
}

// remove removes the copy, and the folders that are empty without it.
func (b *backup) remove() error {
	dir, err := openFolder(b.fs, b.place.dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.unlink(b.place.base()); err != nil {
		return err
	}
	b.removeFolders()
	return nil
}

// removeFolders removes the folders that are empty without the copy.
func (b *backup) removeFolders() {
	for name := b.place.dir(); strings.HasPrefix(name, b.top); name = path.Dir(name) {
		if err := os.Remove(b.fs.Path(name)); err != nil && !sysfs.IsNotExist(err) {
			break // it has other copies
		}
	}
}

// Forget removes the copy that is kept of a file. It is for a file from which
// xenpci's changes are gone, but which others have changed meanwhile, so that it
// differs from the copy.
func Forget(f sysfs.FS, name string) error {
	to, err := resolve(f, name, true)
	if err != nil {
		return err
	}
	b, err := openBackup(f, to.name)
	if err != nil || b.content == nil {
		return err
	}
	return b.remove()
}
