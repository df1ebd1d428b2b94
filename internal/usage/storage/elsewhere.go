package storage

import (
	"slices"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// inUse are the folders in which a kind of file system shows each one that is
// mounted in any mount namespace, by the name of its block device:
// fs/ext4/sysfs.c, fs/xfs/xfs_super.c, fs/f2fs/sysfs.c, fs/erofs/sysfs.c.
var inUse = [...]string{"/sys/fs/ext4", "/sys/fs/xfs", "/sys/fs/f2fs", "/sys/fs/erofs"}

// elsewhere adds the file systems that init does not see: those of a container, of
// a service with mounts of its own, and those that were unmounted lazily while a
// program has a file open.
func (m *mounts) elsewhere() {
	seen := make(map[*graph.Node]bool)
	for _, sys := range m.all {
		seen[sys.node] = true
	}
	for _, dir := range inUse {
		names, _ := m.fsys.List(dir) // a kind that is not loaded has no folder
		for _, name := range names {
			if node, ok := m.blocks[name]; ok && !seen[node] {
				m.needElsewhere(node)
			}
		}
	}
	m.btrfsElsewhere()
}

// btrfsElsewhere adds those of btrfs, which shows them by their UUID. Where a
// mounted one could not be traced, it may be any of them, and may be on any disk
// already.
func (m *mounts) btrfsElsewhere() {
	seen := make(map[*graph.Node]bool)
	for _, sys := range m.all {
		switch {
		case sys.kind != "btrfs":
		case sys.node == nil:
			return
		case sys.node.Kind == graph.Btrfs:
			for _, device := range sys.node.On {
				seen[device] = true
			}
		default:
			seen[sys.node] = true
		}
	}
	systems, _ := m.fsys.List(btrfsSystems) // as above
	slices.Sort(systems)
	for _, uuid := range systems {
		names, err := m.fsys.List(btrfsSystems + "/" + uuid + "/devices")
		if err != nil { // "features" is no file system
			continue
		}
		if !slices.ContainsFunc(m.there(names), func(device *graph.Node) bool { return seen[device] }) {
			m.needElsewhere(m.btrfsOf(uuid, names))
		}
	}
}

// needElsewhere needs what a file system is on that init does not see.
func (m *mounts) needElsewhere(on *graph.Node) {
	m.Need(graph.Need{
		Code: graph.MountedElsewhere, Severity: graph.Refuse,
		Subject: "a file system of another mount namespace",
		On:      on,
	})
}
