package usage

import (
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// loops finds out which files loop devices and the compressed memory of zram
// keep their bytes in. It comes after what is mounted is known.
func (s *scan) loops() {
	for _, name := range slices.Sorted(maps.Keys(s.blocks)) {
		attribute := ""
		switch {
		case len(s.blocks[name].On) > 0: // a partition of one
			continue
		case strings.HasPrefix(name, "loop"):
			attribute = "/loop/backing_file" // since Linux 2.6.37, where it is in use
		case strings.HasPrefix(name, "zram"):
			attribute = "/backing_dev" // "none", or what it gives its pages to
		default:
			continue
		}
		file, err := s.fsys.Attribute(classBlock + "/" + name + attribute)
		if err != nil && !sysfs.IsNotExist(err) {
			s.dark("what " + name + " is on cannot be seen: " + err.Error())
		}
		if !strings.HasPrefix(file, "/") {
			continue
		}
		n := s.blocks[name]
		below := s.backing(file)
		switch {
		case below == nil:
		case reaches(below, n, make(map[*Node]bool)):
			// An image that was opened before another root was mounted over it.
			s.dark("on which file system " + below.Words + " of " + name + " is cannot be seen")
		case below.Gone:
			n.Gone = true
		default:
			n.On = []*Node{below}
		}
	}
}

// reaches says whether a node is on another one, or is it. seen are those that
// were looked at.
func reaches(n, other *Node, seen map[*Node]bool) bool {
	if n == other {
		return true
	}
	if seen[n] {
		return false
	}
	seen[n] = true
	return slices.ContainsFunc(n.On, func(below *Node) bool { return reaches(below, other, seen) })
}
