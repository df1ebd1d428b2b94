// Package etc reads and replaces configuration files that administrators edit
// too. It replaces a file as a whole: a power cut at any moment leaves either the
// old content or the new.
//
// Paths are absolute, without the root of the sysfs.FS. Links are followed
// inside that root: in the tree of another machine, /etc is the tree's. Errors
// are *sysfs.AttrError with the system's errno, or with a cause that describes
// the problem.
//
// Two processes that replace files in one folder take turns, by a lock on the
// folder. The lock does not protect the time between reading and replacing a
// file: callers that edit must hold the lock of all xenpci commands.
package etc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Limit is the size of the largest file that is read or written, in bytes. The
// grub.cfg of a machine with a hundred kernels is far smaller.
const Limit = 4 << 20

// masked is the target of a link by which administrators disable the file of the
// same name in a folder of lower priority.
const masked = "/dev/null"

var (
	errTooLarge = errors.New("larger than 4 MiB") // Limit
	errMasked   = errors.New("is a link to " + masked + ", which disables it; remove the link to enable it")
	errDangling = errors.New("is a link into a folder that does not exist; is its file system mounted?")
)

// Read returns the content of a file. exists is false if there is none, which is
// not an error. A link to /dev/null reads as an empty file. A file that is larger
// than Limit or not a regular file is an error.
func Read(f sysfs.FS, name string) (content []byte, exists bool, err error) {
	to, err := resolve(f, name, true)
	switch {
	case err != nil:
		return nil, false, err
	case to.name == masked:
		return nil, true, nil
	}
	file, err := open(f, to.name)
	if file == nil {
		return nil, false, err
	}
	defer file.Close()
	content, err = readAll(file, to.name)
	return content, err == nil, err
}

// open opens a regular file for reading. It returns nil if there is none.
func open(f sysfs.FS, name string) (*os.File, error) {
	// Without O_NONBLOCK, opening a pipe waits for its other end.
	file, err := os.OpenFile(f.Path(name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if sysfs.IsNotExist(err) {
			err = nil
		}
		return nil, failed("open", name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("is not a regular file (%v)", info.Mode().Type())
	}
	if err != nil {
		file.Close()
		return nil, failed("open", name, err)
	}
	return file, nil
}

func readAll(file *os.File, name string) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, failed("stat", name, err)
	}
	content := make([]byte, 0, min(info.Size(), Limit)+1) // one more, so that a single read also finds the end
	for {
		n, err := unix.Read(int(file.Fd()), content[len(content):cap(content)])
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return nil, failed("read", name, err)
		case n == 0:
			return content, nil
		}
		content = content[:len(content)+n]
		if len(content) > Limit {
			return nil, failed("read", name, errTooLarge)
		}
		if len(content) == cap(content) { // it grew since
			content = append(content, 0)[:len(content)]
		}
	}
}

// Remove removes the file or link name, and flushes the folder so that a power
// cut does not bring it back. It is not an error if there is none.
func Remove(f sysfs.FS, name string) error {
	to, err := resolve(f, name, false)
	if err != nil || to.missing {
		return err
	}
	dir, err := lockFolder(f, to.dir())
	if err != nil {
		if sysfs.IsNotExist(err) {
			return nil
		}
		return err
	}
	defer dir.Close()
	if err := dir.unlink(temporary(to.base())); err != nil {
		return err
	}
	if err := dir.unlink(to.base()); err != nil {
		return err
	}
	return dir.sync()
}

// failed returns err as an error of this package; nil if err is nil.
func failed(op, name string, err error) error {
	var errno syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &errno):
		err = errno
	}
	return &sysfs.AttrError{Op: op, Path: name, Err: err}
}

// Options are options of Replace.
type Options struct {
	Mode     fs.FileMode // permissions of a new file; 0 means 0644. An existing file keeps its own
	NoBackup bool        // keep no backup: the file belongs to xenpci
}
