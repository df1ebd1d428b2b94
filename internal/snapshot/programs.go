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

// Bounds of the processes that are looked at, as the guard has them.
const (
	maxProcesses = 1 << 15
	maxOpenFiles = 1 << 18 // of all of them
)

// programs copies who has disks open: of each process that does its name and its
// links to disks, how those are open, and of qemu the number of its guest. Its
// arguments have names and addresses, and stay where they are.
func (c *copier) programs() {
	left, processes, denied := maxOpenFiles, 0, false
	for _, e := range c.sorted("/proc") {
		if _, err := strconv.ParseUint(e.Name(), 10, 32); err != nil || processes == maxProcesses || left <= 0 || c.over() {
			continue
		}
		processes++
		files, err := c.fsys.Entries("/proc/"+e.Name()+"/fd", left)
		if errors.Is(err, fs.ErrPermission) && !denied {
			denied = true // one stands for all
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
		target, _ := c.fsys.Readlink(process + "/fd/" + f.Name()) // it is closed by now
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

// disk is the block device that a link in a folder leads to, by its name below
// /dev; "" for all else. The link of an archive is relative.
func (c *copier) disk(folder, target string) string {
	if strings.HasPrefix(target, "../") {
		target = path.Join(folder, target)
	}
	// The guard takes a name that is deleted for the device that has it now.
	name, ok := strings.CutPrefix(strings.TrimSuffix(target, " (deleted)"), "/dev/")
	volume := strings.HasPrefix(name, "mapper/") && name != "mapper/control"
	if !ok || !volume && !c.fsys.Exists("/sys/class/block/"+strings.ReplaceAll(name, "/", "!")) {
		return ""
	}
	return name
}

// guest writes, as qemu's arguments, those that say for which guest it works.
func (c *copier) guest(process string) {
	text, err := c.fsys.Read(process+"/cmdline", maxFile)
	if guest := storage.GuestArgument(string(text)); err == nil && guest != "" {
		c.bytes(process+"/cmdline", 0, fmt.Appendf(nil, "qemu\x00-xen-domid\x00%s\x00", guest))
	}
}

// flags copies how a file is open, and nothing else of it.
func (c *copier) flags(name string) {
	text, err := c.fsys.Read(name, sysfs.AttributeLimit)
	c.unread(name, err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "flags:") {
			c.bytes(name, 0, []byte(line))
		}
	}
}

// masking is a text as it goes into the archive.
func (c *copier) masking(text string) string {
	if c.Mask == nil {
		return text
	}
	return c.Mask.Text(text)
}
