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

// Image is the file system that an image unpacks to: later entries have replaced
// earlier ones, and names are resolved through links. It does not change after Read
// and may be shared between goroutines.
type Image struct {
	entries map[string]Entry
	targets map[string]string   // of symbolic links
	files   map[string]*content // files whose bytes are kept, and files with several names
	modules map[string]string   // the file of each module, by its name with '_'

	members []Member

	inodes map[[3]uint32]*content // files with several names in this archive
	kept   int                    // bytes of files
	names  int                    // bytes of names and targets
	steps  int                    // see maxSteps
	wanted []string               // patterns
	exact  map[string]bool        // names
}

// content is the content of a file, which may have several names.
type content struct {
	bytes  []byte
	wanted bool   // one of its names so far is wanted
	holder string // of several names, the one whose entry had the bytes; "" if there are none
}

// unread reports whether the bytes were skipped because none of the file's names
// was wanted at that time.
func (c *content) unread() bool { return c.holder != "" && c.bytes == nil }

// kept are the files whose bytes are always kept, for the methods of Image.
var kept = [...]string{
	"etc/modprobe.d/*.conf", "run/modprobe.d/*.conf", "usr/local/lib/modprobe.d/*.conf", "usr/lib/modprobe.d/*.conf",
	"lib/modprobe.d/*.conf", "scripts/*/ORDER", mkinitcpioConfig,
}

// Read reads the image file name. It keeps all names, and the content of the files
// that match one of the patterns in wanted (as for path.Match, "etc/xenpci/*").
// The files that decide which driver gets a device need not be in wanted.
//
// The error is as for Each, or path.ErrBadPattern. A malformed image gives no Image:
// the kernel boots without it, or not at all.
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

// readOnce reads the image from file. exact are names that are wanted besides the
// patterns.
func readOnce(ctx context.Context, file io.Reader, wanted, exact []string) (*Image, error) {
	image := &Image{
		entries: map[string]Entry{}, targets: map[string]string{}, files: map[string]*content{}, modules: map[string]string{},
		inodes: map[[3]uint32]*content{}, wanted: wanted, exact: map[string]bool{},
	}
	for _, name := range exact {
		image.exact[name] = true
	}
	walk := newWalk(ctx, image.add, func() { clear(image.inodes) })
	if err := walk.image(file); err != nil {
		return nil, err
	}
	image.members = walk.members
	image.inodes = nil
	for name, e := range image.entries {
		if module, ok := moduleName(name); ok && e.Mode.IsRegular() {
			image.modules[module] = name
		}
	}
	return image, nil
}

// add adds one entry as the kernel creates it.
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

// shared adds a file with several names. The entry of any of them may have the
// content; cpio writes it with the last. It is kept only if one of the names is
// wanted: dracut makes hard links of all identical firmware files.
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
	return io.ReadAll(r) // allocates as it reads, whatever size the header claims
}

// remove removes a name, because a later entry replaces it.
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
