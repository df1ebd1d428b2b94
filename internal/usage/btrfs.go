package usage

import (
	"path"
	"slices"
)

// btrfsSystems has a folder for each file system of btrfs that is in use, by its
// UUID (fs/btrfs/sysfs.c).
const btrfsSystems = "/sys/fs/btrfs"

// btrfs is the devices of the file system that one of them is the source of; nil
// where they cannot be seen. It can lose as many as the least safe profile among
// its data and metadata says.
func (m *mounted) btrfs(source string) *Node {
	one := m.named(source)
	systems, err := m.fsys.List(btrfsSystems)
	if err != nil {
		return nil
	}
	slices.Sort(systems)
	for _, uuid := range systems {
		folder := btrfsSystems + "/" + uuid
		names, err := m.fsys.List(folder + "/devices")
		if err != nil { // "features" is no file system
			continue
		}
		slices.Sort(names)
		nodes := m.there(names)
		if !slices.Contains(names, path.Base(source)) && !slices.Contains(nodes, one) {
			continue
		}
		if len(names) == 1 && len(nodes) == 1 {
			return nodes[0]
		}
		n := &Node{Words: "btrfs", On: nodes, Gone: len(nodes) == 0}
		// Devices that are missing have a folder too, since Linux 5.6.
		known, _ := m.fsys.List(folder + "/devinfo")
		n.Least = max(max(len(known), len(names))-m.spare(folder+"/allocation"), 1)
		return n
	}
	return nil
}

// there are the block devices of these names that are there.
func (s *scan) there(names []string) (nodes []*Node) {
	for _, name := range names {
		if n, ok := s.blocks[name]; ok {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// spare is how many devices a file system of btrfs can lose, by the folders
// allocation/data/raid1 and so on.
func (m *mounted) spare(allocation string) int {
	least, found := 0, false
	types, _ := m.fsys.List(allocation) // without, all are needed
	for _, data := range types {
		profiles, _ := m.fsys.List(allocation + "/" + data) // others are attributes
		for _, profile := range profiles {
			can, ok := btrfsProfile(profile)
			if ok && (!found || can < least) {
				least, found = can, true
			}
		}
	}
	return least
}

// btrfsProfile is how many devices data of a profile can lose (fs/btrfs/volumes.c,
// btrfs_raid_array). ok is false for what is no profile.
func btrfsProfile(name string) (can int, ok bool) {
	switch name {
	case "single", "dup", "raid0":
		return 0, true
	case "raid1", "raid10", "raid5":
		return 1, true
	case "raid1c3", "raid6":
		return 2, true
	case "raid1c4":
		return 3, true
	}
	return 0, false
}
