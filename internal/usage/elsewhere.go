package usage

// elsewhere are the folders in which a kind of file system shows each one that
// it has mounted, by the name of its block device, in whatever name space that
// is: fs/ext4/sysfs.c, fs/xfs/xfs_super.c, fs/f2fs/sysfs.c, fs/erofs/sysfs.c.
var elsewhere = [...]string{"/sys/fs/ext4", "/sys/fs/xfs", "/sys/fs/f2fs", "/sys/fs/erofs"}

// hiddenMounts finds the file systems that init does not see: those of a
// container, of a service with mounts of its own, and those that were unmounted
// lazily while somebody has a file open.
func (m *mounted) hiddenMounts() {
	seen := make(map[*Node]bool)
	for _, sys := range m.all {
		seen[sys.node] = true
	}
	for _, dir := range elsewhere {
		names, _ := m.fsys.List(dir) // a kind that is not loaded has no folder
		for _, name := range names {
			node, ok := m.blocks[name]
			if ok && !seen[node] {
				m.need(Refuse, "a file system that is mounted where init does not see it is", node)
			}
		}
	}
}
