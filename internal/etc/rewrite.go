package etc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Version identifies a file as it was when it was looked at.
type Version struct {
	name        string // with links resolved
	Size        int64  // in bytes
	device, ino uint64
	modified    unix.Timespec
}

// Name returns the path of the file, with links resolved, without the root.
func (v Version) Name() string { return v.name }

// Look returns which version of a file is there now. It follows links. The error wraps
// fs.ErrNotExist if there is none.
func Look(f sysfs.FS, name string) (Version, error) {
	to, err := resolve(f, name, true)
	if err != nil {
		return Version{}, err
	}
	file, err := open(f, to.name)
	if err == nil && file == nil {
		err = failed("open", name, syscall.ENOENT)
	}
	if err != nil {
		return Version{}, err
	}
	defer file.Close()
	return versionOf(file, to.name)
}

func versionOf(file *os.File, name string) (Version, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return Version{}, failed("stat", name, err)
	}
	return Version{name, st.Size, st.Dev, st.Ino, st.Mtim}, nil
}

// NoRoomError reports a file system that does not have the room for a second copy of a file.
type NoRoomError struct {
	Path       string // the file
	Need, Free uint64 // in bytes
}

// Error names the file and the numbers.
func (e *NoRoomError) Error() string {
	return fmt.Sprintf("%s: its file system has no room for a second copy, which is written first: %d MiB are needed, and %d MiB are free", e.Path, (e.Need+1<<20-1)>>20, e.Free>>20)
}

// ErrChanged means that a file is not the version any more that was looked at.
var ErrChanged = errors.New("it was changed after it was read, so it was left alone; run the command again")

// roomLeft is how many bytes a copy leaves free, so that the file system is not full.
const roomLeft = 1 << 20

// Rewrite atomically replaces a file that may be too large for memory by its first keep bytes
// and what follows them in more. It writes a copy in the same folder, and calls check with its
// path; if check returns nil, the copy gets the name of the file. Until then the file is not
// touched, and afterwards a power cut leaves either one. Mode, owner and attributes stay.
//
// The errors are a *NoRoomError, one that wraps ErrChanged, what check returned, or a
// *sysfs.AttrError.
func Rewrite(f sysfs.FS, v Version, keep int64, more []byte, check func(copied string) error) error {
	to, err := resolve(f, v.name, true)
	if err != nil {
		return err
	}
	dir, err := lockFolder(f, to.dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	old, err := open(f, to.name)
	if err == nil && old == nil {
		err = failed("open", to.name, syscall.ENOENT)
	}
	if err != nil {
		return err
	}
	defer old.Close()
	given, err := attributesOf(old, to.name)
	if err != nil {
		return err
	}
	unfinished := temporary(to.base())
	if err := dir.unlink(unfinished); err != nil { // left by a process that was killed
		return err
	}
	need := uint64(keep) + uint64(len(more)) + roomLeft
	if free, err := f.Free(dir.path); err == nil && free < need {
		return &NoRoomError{Path: to.name, Need: need, Free: free}
	}
	copied := dir.name(unfinished)
	err = dir.create(copied, io.MultiReader(io.NewSectionReader(old, 0, keep), bytes.NewReader(more)), given)
	if err == nil {
		err = check(copied)
	}
	if err == nil {
		err = unchanged(f, v, to.name)
	}
	if err == nil {
		err = failed("rename", to.name, rename(f.Path(copied), f.Path(to.name)))
	}
	if err != nil {
		return errors.Join(err, dir.unlink(unfinished))
	}
	return dir.sync()
}

// unchanged returns an error if the file is another version now.
func unchanged(f sysfs.FS, v Version, name string) error {
	now, err := Look(f, name)
	if err == nil && now != v {
		err = failed("replace", name, ErrChanged)
	}
	return err
}
