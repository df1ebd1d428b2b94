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
	maxTable   = 1 << 16 // bytes of one table of ACPI
	maxHung    = 3       // attributes that are waited for in vain, after which no more is

	// maxSize is the size at which nothing more goes in, in bytes: a last file
	// (bytes take three characters each) and the notes still do.
	maxSize = archive.SizeLimit - 4*maxFile
)

// copier is a snapshot in the making.
type copier struct {
	Options
	ctx      context.Context
	fsys     sysfs.FS
	root     string
	out      *archive.Writer
	hostname string // where it is to be masked

	places  []place         // that say how the machine boots
	booting bool            // what is copied now is how the machine boots
	once    map[string]bool // the paths of that, which nothing else may have
	entries int
	hung    int   // attributes that Wait gave up
	full    bool  // nothing more goes in
	failed  error // of out or ctx; nothing more is done
	notes   notes
}

// over says that nothing more is to be done.
func (c *copier) over() bool {
	if c.failed == nil {
		c.failed = context.Cause(c.ctx)
	}
	return c.failed != nil || c.full
}

// file copies a text by its name, wherever links in its path lead.
func (c *copier) file(name string) {
	if c.over() {
		return
	}
	if content, ok := c.read(name, maxFile); ok {
		c.text(name, 0, content)
	}
}

// read reads a file. What may not be read is noted; what is not there, or has
// nothing to say, is what the machine is like.
func (c *copier) read(name string, limit int) (content []byte, ok bool) {
	content, err := c.fsys.Read(name, limit+1)
	c.unread(name, err)
	if len(content) > limit {
		c.notes.add(fmt.Sprintf("cut after %d bytes", limit), c.path(name))
		content = content[:limit]
	}
	return content, err == nil
}

// beginning reads the beginning of a file, of which no more is wanted.
func (c *copier) beginning(name string, limit int) (content []byte, ok bool) {
	content, err := c.fsys.Read(name, limit)
	c.unread(name, err)
	return content, err == nil
}

// unread notes a file that somebody with more rights could have read.
func (c *copier) unread(name string, err error) {
	if errors.Is(err, fs.ErrPermission) {
		c.notes.add("not readable without more rights", c.path(name))
	}
}

// wait reads an attribute that may have to wait for a driver.
func (c *copier) wait(name string) (content []byte, ok bool) {
	if c.Wait == nil || c.hung >= maxHung {
		c.notes.add("left out, since it may wait for a driver", c.path(name))
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

// text appends a file whose content is masked. mode 0 is the usual one.
func (c *copier) text(name string, mode fs.FileMode, content []byte) {
	if c.Mask != nil {
		content = []byte(c.masked(name, string(content)))
	}
	c.bytes(name, mode, content)
}

// bytes appends a file as it is.
func (c *copier) bytes(name string, mode fs.FileMode, content []byte) {
	e := archive.Entry{Path: c.path(name), Mode: mode, Data: content}
	if mode == 0 {
		e.Mode = archive.DefaultMode(e.Path)
	}
	c.write(e)
}

// path is where a file is in the archive.
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
		c.notes.add("left out with all that follows, since the archive is full", e.Path)
	default:
		c.append(e)
	}
}

// append appends an entry. What no archive can have, such as a link that leaves
// the tree, is left out.
func (c *copier) append(e archive.Entry) {
	var impossible *archive.EntryError
	switch err := c.out.Write(e); {
	case err == nil:
		c.entries++
		if c.booting {
			c.once[e.Path] = true
		}
	case errors.As(err, &impossible):
		c.notes.add("left out, since an archive cannot have it", e.Path)
	default:
		c.failed = err
	}
}
