package storage

import (
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// loops finds out which files loop devices and the compressed memory of zram keep
// their bytes in.
func (m *mounts) loops() {
	for _, name := range slices.Sorted(maps.Keys(m.blocks)) {
		attribute := ""
		switch {
		case len(m.blocks[name].On) > 0: // a partition of one
			continue
		case strings.HasPrefix(name, "loop"):
			attribute = "/loop/backing_file" // since Linux 2.6.37, where it is in use
		case strings.HasPrefix(name, "zram"):
			attribute = "/backing_dev" // "none", or what it gives its pages to
		default:
			continue
		}
		file, err := m.fsys.Attribute(classBlock + "/" + name + attribute)
		if err != nil && !sysfs.IsNotExist(err) {
			m.unknown(m.blocks[name], err)
		}
		if !strings.HasPrefix(file, "/") {
			continue
		}
		n := m.blocks[name]
		below := m.backing(graph.DiskUnknown, file)
		switch {
		case below == nil:
		case below.Reaches(n):
			// An image that was opened before another root was mounted over it.
			m.Unknown(graph.DiskUnknown, graph.Warn, name, "cannot tell on which file system "+below.String()+" of "+name+" is", nil)
		case below.Gone:
			n.Gone = true
		default:
			n.On = []*graph.Node{below}
		}
	}
}
