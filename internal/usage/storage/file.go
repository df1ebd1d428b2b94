package storage

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// deleted is what the kernel adds to the name of a file that no longer exists.
const deleted = " (deleted)"

// point is where a file system is mounted.
type point struct {
	path string
	on   *graph.Node // nil for one in memory
}

// holder returns the file system that a file is on: the one with the longest mount
// point above it, and of those the last one, which is mounted over the others.
func (m *mounts) holder(file string) (on *graph.Node, ok bool) {
	longest := 0
	for _, p := range m.points {
		if below(file, p.path) && len(p.path) >= longest {
			on, ok, longest = p.on, true, len(p.path)
		}
	}
	return on, ok
}

func below(file, dir string) bool {
	rest, ok := strings.CutPrefix(file, dir)
	return ok && (dir == "/" || rest == "" || rest[0] == '/')
}

// backing returns the place where something keeps its bytes, by the kernel's name
// for it: a block device below /dev, or a file. It is nil where that is unknown,
// which is noted under the code.
//
// A deleted name of a block device that exists is taken for that device, though
// it may be another one in its place.
func (m *mounts) backing(code graph.Code, name string) *graph.Node {
	name, gone := strings.CutSuffix(name, deleted)
	if strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/dev/shm/") {
		n := m.named(name)
		switch {
		case n == nil && gone:
			return &graph.Node{Kind: graph.Disk, Name: prose.Printable(strings.TrimPrefix(name, "/dev/")), Gone: true}
		case n == nil:
			m.Unknown(code, graph.Warn, prose.Printable(name), "cannot tell which device "+prose.Printable(name)+" is", nil)
		}
		return n
	}
	on, ok := m.holder(name)
	if !ok {
		m.Unknown(code, graph.Warn, prose.Printable(name), "cannot tell on which file system "+prose.Printable(name)+" is", nil)
		return nil
	}
	return &graph.Node{Kind: graph.File, Name: prose.Printable(name), On: graph.On(on)}
}

// named returns the block device of a name below /dev; nil where it is not known.
// A volume may have a name that udev, or LVM without udev, gave it.
func (d *disks) named(name string) *graph.Node {
	device := strings.TrimPrefix(name, "/dev/")
	if n, ok := d.blocks[strings.ReplaceAll(device, "/", "!")]; ok {
		return n
	}
	if volume, ok := strings.CutPrefix(device, "mapper/"); ok {
		for other, n := range d.blocks {
			if !strings.HasPrefix(other, "dm-") {
				continue
			}
			if called, err := d.fsys.Attribute(classBlock + "/" + other + "/dm/name"); err == nil && called == volume {
				return n
			}
		}
	}
	if target, err := d.fsys.Readlink(name); err == nil {
		return d.blocks[path.Base(target)]
	}
	return nil
}

// blockNumbers has a link for each block device, by its number, since Linux
// 2.6.27.
const blockNumbers = "/sys/dev/block"

// numbered returns the block device of a number, "254:1"; nil where it is not
// known. gone reports that no device has the number any more.
func (d *disks) numbered(number string) (n *graph.Node, gone bool) {
	target, err := d.fsys.Readlink(blockNumbers + "/" + number)
	if err != nil {
		return nil, sysfs.IsNotExist(err) && d.fsys.Exists(blockNumbers)
	}
	return d.blocks[path.Base(target)], false
}
