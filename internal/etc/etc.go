// Package etc reads and replaces files that administrators edit too: whole, and
// so that a power cut at any moment leaves the old content or the new.
//
// Paths are absolute, without the root of the sysfs.FS. Links are followed
// inside that root: in a tree that stands for another machine, /etc is the
// tree's. Errors are *sysfs.AttrError with the system's errno, or say in words
// what is in the way.
//
// Two processes that replace files of one folder take turns, by a lock on the
// folder. What one of them read before is not protected: who edits holds the
// lock of all commands.
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

// Limit is the size of the largest file that is read or written, in bytes: a
// generated grub.cfg of a machine with a hundred kernels is far below it.
const Limit = 4 << 20

// masked is what a link leads to by which administrators make a file of that
// name, in a folder of lesser rank, count as empty.
const masked = "/dev/null"

var (
	errTooLarge = errors.New("larger than 4 MiB") // Limit
	errMasked   = errors.New("is a link to " + masked + ", by which somebody has switched it off")
	errDangling = errors.New("is a link into a folder that is not there")
)

// Read returns the content of a file. exists is false when there is none, which
// is no error; a link to /dev/null counts as a file without content. What is
// larger than Limit, or no plain file, is an error.
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

// open opens a plain file for reading. It is nil where there is none.
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
		err = fmt.Errorf("is no plain file (%v)", info.Mode().Type())
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
	content := make([]byte, 0, min(info.Size(), Limit)+1) // the end shows in the read that gets everything
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

// Remove removes the file name, or the link of that name, and sees that it
// stays removed. That there is none is no error.
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

// failed makes an error of this package; nil stays nil.
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

// Options say how Replace replaces.
type Options struct {
	Mode     fs.FileMode // permissions of a file that was not there; 0: 0644. One that was there keeps its own
	NoBackup bool        // the file is wholly xenpci's: nobody wants its old content back
}
