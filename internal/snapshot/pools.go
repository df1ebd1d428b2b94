package snapshot

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
)

// pools copies the names of the ZFS pools that are imported, and which disks udev
// has found to be theirs. Of other disks it copies that udev knows them. Without
// ZFS there is nothing to copy.
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

// sorted are the entries of a directory, by name; none where it is not there.
func (c *copier) sorted(dir string) []fs.DirEntry {
	entries, err := c.fsys.Entries(dir, maxNames) // one that is not there has none
	c.unread(dir, err)
	slices.SortFunc(entries, byName)
	return entries
}

func byName(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) }

// labels are the lines of udev's that say of which pool a disk is.
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
