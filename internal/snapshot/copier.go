package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Bounds of a snapshot. The largest machines known have 4096 functions, with
// some 30 entries each.
const (
	maxEntries = 1 << 19 // in the archive
	maxFile    = 1 << 20 // bytes of one file of /proc or /run
	maxSpace   = 256     // bytes of a function's configuration space
	maxTable   = 1 << 16 // bytes of one ACPI table
	maxHung    = 3       // attributes that time out, after which no more of their kind are read

	// maxSize is the size, in bytes, from which nothing is added any more. It
	// leaves room for one last file (each byte takes three characters) and the
	// notes.
	maxSize = archive.SizeLimit - 4*maxFile
)

// copier is a snapshot that is being written.
type copier struct {
	Options
	ctx      context.Context
	fsys     sysfs.FS
	root     string
	out      *archive.Writer
	hostname string // if it is masked

	places  []place         // the files that configure the boot
	booting bool            // these files are being copied now
	once    map[string]bool // their paths, which are not copied again
	entries int
	hung    int   // attributes that timed out
	full    bool  // the archive is full
	failed  error // of out or ctx; nothing more is copied
	notes   notes
}

// over reports whether copying has ended.
func (c *copier) over() bool {
	if c.failed == nil {
		c.failed = context.Cause(c.ctx)
	}
	return c.failed != nil || c.full
}

// file copies a text file. It follows links in the path.
func (c *copier) file(name string) {
	if c.over() {
		return
	}
	if content, ok := c.read(name, maxFile); ok {
		c.text(name, 0, content)
	}
}

// read reads a file. It adds a note if the permission is missing. A missing or empty
// file is a property of the machine, and needs no note.
func (c *copier) read(name string, limit int) (content []byte, ok bool) {
	content, err := c.fsys.Read(name, limit+1)
	c.unread(name, err)
	if len(content) > limit {
		c.notes.add(fmt.Sprintf("truncated after %d bytes", limit), c.path(name))
		content = content[:limit]
	}
	return content, err == nil
}

// beginning reads the first limit bytes of a file; the rest is not needed.
func (c *copier) beginning(name string, limit int) (content []byte, ok bool) {
	content, err := c.fsys.Read(name, limit)
	c.unread(name, err)
	return content, err == nil
}

// unread adds a note for a file that a more privileged user could read.
func (c *copier) unread(name string, err error) {
	if errors.Is(err, fs.ErrPermission) {
		c.notes.add("not readable without more privileges", c.path(name))
	}
}

// wait reads an attribute whose reader may have to wait for a driver.
func (c *copier) wait(name string) (content []byte, ok bool) {
	if c.Wait == nil || c.hung >= maxHung {
		c.notes.add("left out, because reading it may wait for a driver", c.path(name))
		return nil, false
	}
	value, err := c.Wait(name)
	c.unread(name, err)
	if errors.Is(err, context.DeadlineExceeded) {
		c.hung++
		c.notes.add("did not answer in time", c.path(name))
	}
	return []byte(value + "\n"), err == nil
}

// text appends a file with its content masked. mode 0 means the default mode.
func (c *copier) text(name string, mode fs.FileMode, content []byte) {
	if c.Mask != nil {
		content = []byte(c.masked(name, string(content)))
	}
	c.bytes(name, mode, content)
}

// bytes appends a file unchanged.
func (c *copier) bytes(name string, mode fs.FileMode, content []byte) {
	e := archive.Entry{Path: c.path(name), Mode: mode, Data: content}
	if mode == 0 {
		e.Mode = archive.DefaultMode(e.Path)
	}
	c.write(e)
}

// path returns the path of a file in the archive.
func (c *copier) path(name string) string {
	name = strings.TrimPrefix(path.Clean(name), "/")
	if c.Mask != nil {
		name = c.Mask.Text(name)
	}
	return name
}

// write appends an entry, unless the archive is full.
func (c *copier) write(e archive.Entry) {
	switch {
	case c.over(), c.once[e.Path]:
	case c.entries >= maxEntries, c.out.Size() > maxSize:
		c.full = true
		c.notes.add("left out, as all further files, because the archive is full", e.Path)
	default:
		c.append(e)
	}
}

// append appends an entry. It leaves out entries that no archive can have, such as a
// link out of the tree.
func (c *copier) append(e archive.Entry) {
	var impossible *archive.EntryError
	switch err := c.out.Write(e); {
	case err == nil:
		c.entries++
		if c.booting {
			c.once[e.Path] = true
		}
	case errors.As(err, &impossible):
		c.notes.add("left out, because an archive cannot contain it", e.Path)
	default:
		c.failed = err
	}
}
