package snapshot

import (
	"io/fs"

	"github.com/xenpci/xenpci/internal/archive"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// dir implements visitor. A directory gets an entry only if nothing in it has one.
func (c *copier) dir(name string, inside func()) {
	before := c.entries
	inside()
	if c.entries == before {
		c.write(archive.Entry{Path: c.path(name), Dir: true})
	}
}

// unlisted implements visitor.
func (c *copier) unlisted(dir string, err error) { c.unread(dir, err) }

// leaf implements visitor.
func (c *copier) leaf(t tree, dir string, e fs.DirEntry) {
	name := dir + "/" + e.Name()
	if e.Type() == fs.ModeSymlink {
		if !passedOver(dir, e.Name()) {
			c.link(name)
		}
		return
	}
	how := t.how(dir, e.Name())
	if how == never || !e.Type().IsRegular() && how != waits { // Wait has a deadline for any type of file
		return
	}
	info, err := e.Info()
	if err != nil {
		return // it is gone
	}
	c.attribute(name, info.Mode().Perm(), how)
}

// attribute copies one file.
func (c *copier) attribute(name string, mode fs.FileMode, how how) {
	if how == named {
		c.bytes(name, mode, nil)
		return
	}
	if mode&0o444 == 0 {
		return
	}
	content, ok := []byte(nil), false
	switch how {
	case text:
		content, ok = c.read(name, sysfs.AttributeLimit)
	case report, settings:
		content, ok = c.read(name, maxFile)
	case waits:
		content, ok = c.wait(name)
	case space:
		content, ok = c.beginning(name, maxSpace)
	case table:
		content, ok = c.read(name, maxTable)
	}
	switch {
	case how == table && !ok:
		c.bytes(name, mode, nil) // only its existence matters
	case !ok:
	case how == settings:
		c.setting(name, content)
	case how == space || how == table:
		c.bytes(name, mode, content)
	default:
		c.text(name, mode, content)
	}
}

// link copies a link. A link with an absolute target would lead out of the tree;
// sysfs has none.
func (c *copier) link(name string) {
	target, err := c.fsys.Readlink(name)
	if err != nil {
		return // it is gone
	}
	if c.Mask != nil {
		target = c.Mask.Text(target)
	}
	c.write(archive.Entry{Path: c.path(name), Target: target})
}
