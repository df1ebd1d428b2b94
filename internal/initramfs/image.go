package initramfs

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Image is what is in an image, after its last entry: what is overwritten by a
// later one is gone, and folders are what links lead to. It is not changed any
// more and may be shared between goroutines.
type Image struct {
	entries map[string]Entry
	targets map[string]string   // of symbolic links
	files   map[string]*content // what was kept, and files of several names
	modules map[string]string   // by name, with '_': the file

	inodes map[[3]uint32]*content // files of several names in this archive
	kept   int                    // bytes of files
	names  int                    // bytes of names and targets
	steps  int                    // see maxSteps
	wanted []string               // patterns
	exact  map[string]bool        // names
}

// content is the bytes of a file, which may have several names.
type content struct {
	bytes  []byte
	wanted bool   // by one of its names so far
	holder string // of several names the one that had the bytes; "" where there are none
}

// unread says that its bytes were passed over, since none of its names was
// wanted then.
func (c *content) unread() bool { return c.holder != "" && c.bytes == nil }

// kept are files whose bytes are kept for the questions of this package.
var kept = [...]string{
	"etc/modprobe.d/*.conf", "run/modprobe.d/*.conf", "usr/local/lib/modprobe.d/*.conf", "usr/lib/modprobe.d/*.conf",
	"lib/modprobe.d/*.conf", "scripts/*/ORDER",
}

// Read reads the image file name once, and keeps all names, and the bytes of
// the files that match wanted: patterns as in path.Match, of names such as
// "etc/xenpci/*". Files that decide who gets a device need not be named.
//
// The error is as for Each, or path.ErrBadPattern. Where the image is broken
// there is none of it: the kernel boots without, or not at all.
func Read(ctx context.Context, fsys sysfs.FS, name string, wanted ...string) (*Image, error) {
	for _, pattern := range wanted {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("initramfs: %w", err)
	}
	defer file.Close()
	image, err := read(ctx, file, slices.Concat(kept[:], wanted))
	if err != nil {
		return nil, named(name, err)
	}
	return image, nil
}

func read(ctx context.Context, file io.ReadSeeker, wanted []string) (*Image, error) {
	image, err := readOnce(ctx, file, wanted, nil)
	if err != nil {
		return nil, err
	}
	behind, err := image.behindNames()
	if err != nil || len(behind) == 0 {
		return image, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readOnce(ctx, file, wanted, behind)
}

// readOnce reads the image from where file is; exact are names that are wanted
// beside the patterns.
func readOnce(ctx context.Context, file io.Reader, wanted, exact []string) (*Image, error) {
	image := &Image{
		entries: map[string]Entry{}, targets: map[string]string{}, files: map[string]*content{}, modules: map[string]string{},
		inodes: map[[3]uint32]*content{}, wanted: wanted, exact: map[string]bool{},
	}
	for _, name := range exact {
		image.exact[name] = true
	}
	if err := newWalk(ctx, image.add, func() { clear(image.inodes) }).image(file); err != nil {
		return nil, err
	}
	image.inodes = nil
	for name, e := range image.entries {
		if module, ok := moduleName(name); ok && e.Mode.IsRegular() {
			image.modules[module] = name
		}
	}
	return image, nil
}

// add takes one entry as the kernel makes it.
func (i *Image) add(e Entry, r io.Reader) error {
	folder, err := i.follow(path.Dir(e.Name))
	if err != nil {
		return err
	}
	e.Name = path.Join(folder, path.Base(e.Name))
	if i.names += len(e.Name); i.names > maxNames {
		return ErrBound
	}
	i.remove(e.Name)
	i.entries[e.Name] = e
	switch {
	case e.Mode&fs.ModeSymlink != 0:
		target, err := io.ReadAll(r)
		i.targets[e.Name] = strings.TrimRight(string(target), "\x00")
		i.names += len(target)
		return err
	case !e.Mode.IsRegular():
		return nil
	case e.links >= 2:
		return i.shared(e, r)
	case i.wants(e.Name):
		bytes, err := i.read(e, r)
		i.files[e.Name] = &content{bytes: bytes}
		return err
	}
	return nil
}

// shared takes a file of several names. Which of them has the bytes is up to who
// made the archive; cpio gives them to the last. Of one that nobody wants they
// are not kept: dracut links all firmware that is alike.
func (i *Image) shared(e Entry, r io.Reader) error {
	c := i.inodes[e.inode]
	if c == nil {
		c = &content{}
		i.inodes[e.inode] = c
	}
	i.files[e.Name] = c
	c.wanted = c.wanted || i.wants(e.Name)
	if e.Size == 0 {
		return nil
	}
	i.kept -= len(c.bytes)
	c.bytes, c.holder = nil, e.Name
	if !c.wanted {
		return nil
	}
	bytes, err := i.read(e, r)
	c.bytes = bytes
	return err
}

func (i *Image) read(e Entry, r io.Reader) ([]byte, error) {
	if e.Size > int64(maxKept-i.kept) {
		return nil, fmt.Errorf("%s: %w", e.Name, ErrBound)
	}
	i.kept += int(e.Size)
	return io.ReadAll(r) // grows with what is there, whatever the header says
}

// remove forgets what was at that name: a file of the same name is written anew.
func (i *Image) remove(name string) {
	if c := i.files[name]; c != nil && i.entries[name].links < 2 {
		i.kept -= len(c.bytes)
	}
	delete(i.files, name)
	delete(i.targets, name)
}

func (i *Image) wants(name string) bool {
	return i.exact[name] || slices.ContainsFunc(i.wanted, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}
