package usage

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// deleted is what the kernel adds to the name of a file that is there no more.
const deleted = " (deleted)"

// theFile begins the words of a file that something keeps its bytes in.
const theFile = "the file "

// point is where a file system is mounted.
type point struct {
	path string
	on   *Node // nil for one in memory
}

// holder is the file system that a file is on: the one with the longest mount
// point above it, and of those the one that was mounted last, over the others.
func (s *scan) holder(file string) (on *Node, ok bool) {
	longest := 0
	for _, p := range s.points {
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

// backing is what the kernel names as the place where something keeps its
// bytes: a block device below /dev, or a file. It is nil where that cannot be
// seen, which is noted.
//
// A name that is deleted, of a block device that is there, is taken for that
// device: it may be another one in its place, but who knows.
func (s *scan) backing(name string) *Node {
	name, gone := strings.CutSuffix(name, deleted)
	if strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/dev/shm/") {
		n := s.named(name)
		switch {
		case n == nil && gone:
			return &Node{Words: printable(strings.TrimPrefix(name, "/dev/")), Gone: true}
		case n == nil:
			s.dark("what " + printable(name) + " is cannot be seen")
		}
		return n
	}
	on, ok := s.holder(name)
	if !ok {
		s.dark("on which file system " + printable(name) + " is cannot be seen")
		return nil
	}
	n := &Node{Words: theFile + printable(name)}
	if on != nil {
		n.On = []*Node{on}
	}
	return n
}

// named is the block device of a name below /dev; nil where it is not known. A
// volume may have a name that udev, or LVM without udev, gave it.
func (s *scan) named(name string) *Node {
	device := strings.TrimPrefix(name, "/dev/")
	if n, ok := s.blocks[strings.ReplaceAll(device, "/", "!")]; ok {
		return n
	}
	if volume, ok := strings.CutPrefix(device, "mapper/"); ok {
		for other, n := range s.blocks {
			if !strings.HasPrefix(other, "dm-") {
				continue
			}
			if called, err := s.fsys.Attribute(classBlock + "/" + other + "/dm/name"); err == nil && called == volume {
				return n
			}
		}
	}
	if target, err := s.fsys.Readlink(name); err == nil {
		return s.blocks[path.Base(target)]
	}
	return nil
}

// blockNumbers has a link for each block device, by its number, since Linux
// 2.6.27.
const blockNumbers = "/sys/dev/block"

// numbered is the block device of a number, "254:1"; nil where it is not known.
// gone says that there is none of this number any more.
func (s *scan) numbered(number string) (n *Node, gone bool) {
	target, err := s.fsys.Readlink(blockNumbers + "/" + number)
	if err != nil {
		return nil, sysfs.IsNotExist(err) && s.fsys.Exists(blockNumbers)
	}
	return s.blocks[path.Base(target)], false
}
