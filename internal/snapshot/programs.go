package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/storage"
)

// Bounds on the processes that are read, as in the guard.
const (
	maxProcesses = 1 << 15
	maxOpenFiles = 1 << 18 // of all processes
)

// programs copies the processes that have disks open: the name of each, its links to
// disks and how they are open, and for qemu the number of its guest. It does not
// copy other arguments, because they contain names and addresses.
func (c *copier) programs() {
	left, processes, denied := maxOpenFiles, 0, false
	for _, e := range c.sorted("/proc") {
		if _, err := strconv.ParseUint(e.Name(), 10, 32); err != nil || processes == maxProcesses || left <= 0 || c.over() {
			continue
		}
		processes++
		files, err := c.fsys.Entries("/proc/"+e.Name()+"/fd", left)
		if errors.Is(err, fs.ErrPermission) && !denied {
			denied = true // one note is enough
			c.unread("/proc/"+e.Name()+"/fd", err)
		}
		slices.SortFunc(files, byName)
		left -= len(files)
		c.program("/proc/"+e.Name(), files)
	}
}

// program copies a process that has disks open.
func (c *copier) program(process string, files []fs.DirEntry) {
	first := true
	for _, f := range files {
		target, _ := c.fsys.Readlink(process + "/fd/" + f.Name()) // it may be closed by now
		name := c.disk(process+"/fd", target)
		if name == "" {
			continue
		}
		if first {
			c.file(process + "/comm")
			c.guest(process)
			first = false
		}
		c.write(archive.Entry{Path: c.path(process + "/fd/" + f.Name()), Target: c.masking("../../../dev/" + name)})
		c.flags(process + "/fdinfo/" + f.Name())
	}
}

// disk returns the block device that a link in a folder leads to, by its name below
// /dev; "" for anything else. A link of an archive is relative.
func (c *copier) disk(folder, target string) string {
	if strings.HasPrefix(target, "../") {
		target = path.Join(folder, target)
	}
	// As in the guard, a deleted name stands for the device that has the name now.
	name, ok := strings.CutPrefix(strings.TrimSuffix(target, " (deleted)"), "/dev/")
	volume := strings.HasPrefix(name, "mapper/") && name != "mapper/control"
	if !ok || !volume && !c.fsys.Exists("/sys/class/block/"+strings.ReplaceAll(name, "/", "!")) {
		return ""
	}
	return name
}

// guest writes only those of qemu's arguments that name its guest.
func (c *copier) guest(process string) {
	text, err := c.fsys.Read(process+"/cmdline", maxFile)
	if guest := storage.GuestArgument(string(text)); err == nil && guest != "" {
		c.bytes(process+"/cmdline", 0, fmt.Appendf(nil, "qemu\x00-xen-domid\x00%s\x00", guest))
	}
}

// flags copies only the flags with which a file is open.
func (c *copier) flags(name string) {
	text, err := c.fsys.Read(name, sysfs.AttributeLimit)
	c.unread(name, err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "flags:") {
			c.bytes(name, 0, []byte(line))
		}
	}
}

// masking returns a text as it is written to the archive.
func (c *copier) masking(text string) string {
	if c.Mask == nil {
		return text
	}
	return c.Mask.Text(text)
}
