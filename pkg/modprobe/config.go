package modprobe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// The limits of what is read.
const (
	MaxFile  = 1 << 20 // bytes of a file; a longer one is not read
	MaxFiles = 4096    // files of one folder
)

// modulesSoftdep is depmod's file of what modules ask for themselves. kmod puts
// it among the other files, by its name.
const modulesSoftdep = "modules.softdep"

// oldFile is the only file of the first module-init-tools.
const oldFile = "/etc/modprobe.conf"

// dirs are the folders that kmod reads, by priority: a file hides those of its name in
// the folders after it. If /lib is a link to /usr/lib, the last is
// /usr/lib/modprobe.d, which kmod before version 31 does not read otherwise.
var dirs = [...]string{"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/lib/modprobe.d"}

// System says whose configuration is read.
type System struct {
	Root        string // "" or "/": this machine
	Release     string // the kernel whose modules.softdep is read; "" for none
	CommandLine string // the kernel's, as /proc/cmdline has it; "" for none
	Old         bool   // modprobe is of module-init-tools; see OldTools
}

// Config is modprobe's configuration. It is not changed once it is read, and may be
// shared between goroutines.
type Config struct {
	Files  []*File  // in the order in which kmod applies them
	Masked []string // files that another of the same name in a folder of higher priority hides
	Unread []error  // why a file or a folder could not be read: each is an *fs.PathError
	all    []Found
	old    bool
}

// Where is the position of a line.
type Where struct {
	File string // "" for the kernel command line
	Line int    // from 1
}

// String is "FILE:LINE", or says that it is the kernel command line.
func (w Where) String() string {
	if w.File == "" {
		return "the kernel command line"
	}
	return w.File + ":" + strconv.Itoa(w.Line)
}

// Found is one line and its position.
type Found struct {
	Where     Where
	Directive Directive
}

// Read reads the configuration. What cannot be read is in Unread; the rest is returned
// without it, as kmod goes on without it.
func Read(s System) *Config {
	c := &Config{old: s.Old}
	fsys := sysfs.New(s.Root)
	if s.Old {
		c.add(fsys, oldFile)
	}
	softdep := ""
	if s.Release != "" {
		softdep = "/lib/modules/" + s.Release + "/" + modulesSoftdep
	}
	for _, path := range c.files(fsys, softdep) {
		c.add(fsys, path)
	}
	slices.Sort(c.Masked)
	for _, d := range parseCommandLine(s.CommandLine) {
		c.all = append(c.all, Found{Directive: d})
	}
	return c
}

// files returns the paths of the files that kmod reads, in its order: those of the
// folders, and modules.softdep at the place of its name.
func (c *Config) files(fsys sysfs.FS, softdep string) []string {
	where := map[string]string{} // a file's path by its name
	if softdep != "" {
		where[modulesSoftdep] = softdep
	}
	for _, dir := range dirs {
		c.collect(fsys, dir, where)
	}
	paths := make([]string, 0, len(where))
	for _, name := range slices.Sorted(maps.Keys(where)) {
		paths = append(paths, where[name])
	}
	return paths
}

// collect notes where the files of a folder are.
func (c *Config) collect(fsys sysfs.FS, dir string, where map[string]string) {
	entries, err := fsys.Entries(dir+"/.", MaxFiles+1) // the folder may be a link
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.Unread = append(c.Unread, pathError(dir, err))
		}
		return
	}
	if len(entries) > MaxFiles {
		entries = entries[:MaxFiles]
		c.Unread = append(c.Unread, pathError(dir, fmt.Errorf("only the first %d files are read", MaxFiles)))
	}
	for _, e := range entries {
		name, path := e.Name(), dir+"/"+e.Name()
		switch _, hidden := where[name]; {
		case !isRead(name) || isFolder(fsys, path, e): // a folder hides nothing
		case hidden:
			c.Masked = append(c.Masked, path)
		default:
			where[name] = path
		}
	}
}

// isRead reports whether kmod reads a file of this name.
func isRead(name string) bool {
	return len(name) > len(".conf") && name[0] != '.' && strings.HasSuffix(name, ".conf")
}

func isFolder(fsys sysfs.FS, path string, e fs.DirEntry) bool {
	if e.Type() != fs.ModeSymlink {
		return e.IsDir()
	}
	_, err := fsys.Entries(path+"/.", 1)
	return err == nil
}

// add reads one file, and notes its lines.
func (c *Config) add(fsys sysfs.FS, path string) {
	content, err := read(fsys, path)
	if err != nil {
		optional := path == oldFile || strings.HasSuffix(path, "/"+modulesSoftdep)
		if !optional || !errors.Is(err, fs.ErrNotExist) {
			c.Unread = append(c.Unread, pathError(path, err))
		}
		return
	}
	f := Parse(content)
	f.Path = path
	c.Files = append(c.Files, f)
	for _, l := range f.Lines {
		if l.Directive.Kind != "" {
			c.all = append(c.all, Found{Where: Where{File: path, Line: l.Number}, Directive: l.Directive})
		}
	}
}

// read returns the content of a file. A link to /dev/null has none: it masks files of
// its name in other folders.
func read(fsys sysfs.FS, path string) ([]byte, error) {
	if target, err := fsys.Readlink(path); err == nil && target == "/dev/null" {
		return nil, nil
	}
	file, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var content bytes.Buffer
	if info, err := file.Stat(); err == nil { // only a hint
		content.Grow(int(min(info.Size(), MaxFile)) + bytes.MinRead)
	}
	if _, err := content.ReadFrom(io.LimitReader(file, MaxFile+1)); err != nil {
		return nil, err
	}
	if content.Len() > MaxFile {
		return nil, fmt.Errorf("longer than %d bytes", MaxFile)
	}
	return content.Bytes(), nil
}

// pathError returns why a file could not be read as callers can match it, without
// the root in its path.
func pathError(path string, err error) error {
	failed := &fs.PathError{Op: "read", Path: path, Err: err}
	var inTree *sysfs.AttrError
	var inSystem *fs.PathError
	switch {
	case errors.As(err, &inTree):
		failed.Op, failed.Err = inTree.Op, inTree.Err
	case errors.As(err, &inSystem):
		failed.Op, failed.Err = inSystem.Op, inSystem.Err
	}
	return failed
}

// Lines returns all lines of a kind, in the order in which kmod applies them, those of
// the kernel command line last.
func (c *Config) Lines(kind Kind) (found []Found) {
	for _, f := range c.all {
		if f.Directive.Kind == kind {
			found = append(found, f)
		}
	}
	return found
}
