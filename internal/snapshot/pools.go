package snapshot

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
)

// pools copies the names of the imported ZFS pools, and udev's data about which
// disks belong to them. For other disks it copies only that udev knows them. Without
// ZFS it copies nothing.
func (c *copier) pools() {
	const kstat, udev = "/proc/spl/kstat/zfs", "/run/udev/data"
	if !c.fsys.Exists(kstat) {
		return
	}
	for _, e := range c.sorted(kstat) {
		if e.IsDir() {
			c.write(archive.Entry{Path: c.path(kstat + "/" + e.Name()), Dir: true})
		}
	}
	for _, e := range c.sorted(udev) {
		name := udev + "/" + e.Name()
		if !strings.HasPrefix(e.Name(), "b") || c.over() { // block devices
			continue
		}
		if text, ok := c.read(name, maxFile); ok {
			c.text(name, 0, labels(string(text)))
		}
	}
}

// sorted returns the entries of a directory by name; none if it does not exist.
func (c *copier) sorted(dir string) []fs.DirEntry {
	entries, err := c.fsys.Entries(dir, maxNames) // a missing directory has none
	c.unread(dir, err)
	slices.SortFunc(entries, byName)
	return entries
}

func byName(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) }

// labels returns the lines of udev's data that name the pool of a disk.
func labels(text string) []byte {
	var kept []byte
	if !strings.Contains("\n"+text, "\nE:ID_FS_TYPE=zfs_member\n") {
		return kept
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "E:ID_FS_TYPE=") || strings.HasPrefix(line, "E:ID_FS_LABEL=") {
			kept = append(kept, line...)
		}
	}
	return kept
}
