package storage

import "github.com/xenpci/xenpci/internal/usage/graph"

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
			node, ok := m.blocks[name]
			if ok && !seen[node] {
				m.Need(graph.Need{
					Code: graph.MountedElsewhere, Severity: graph.Refuse,
					Subject: "a file system of another mount namespace",
					On:      node,
				})
			}
		}
	}
}
