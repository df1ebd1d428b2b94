package storage

import (
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// btrfsSystems has a folder for each file system of btrfs that is in use, by its
// UUID (fs/btrfs/sysfs.c).
const btrfsSystems = "/sys/fs/btrfs"

// btrfs returns the node of the btrfs file system that a device is part of; nil
// where its devices cannot be read.
func (m *mounts) btrfs(source string) *graph.Node {
	one := m.named(source)
	systems, err := m.fsys.List(btrfsSystems)
	if err != nil {
		return nil
	}
	slices.Sort(systems)
	for _, uuid := range systems {
		names, err := m.fsys.List(btrfsSystems + "/" + uuid + "/devices")
		if err != nil { // "features" is no file system
			continue
		}
		if slices.Contains(names, path.Base(source)) || slices.Contains(m.there(names), one) {
			return m.btrfsOf(uuid, names)
		}
	}
	return nil
}

// btrfsOf returns the node of the btrfs file system of a UUID, on the devices of
// these names. It can lose as many of them as the least safe profile among its
// data and metadata allows.
func (m *mounts) btrfsOf(uuid string, names []string) *graph.Node {
	slices.Sort(names)
	nodes := m.there(names)
	if len(names) == 1 && len(nodes) == 1 {
		return nodes[0]
	}
	n := &graph.Node{Kind: graph.Btrfs, On: nodes, Gone: len(nodes) == 0}
	folder := btrfsSystems + "/" + uuid
	// Devices that are missing have a folder too, since Linux 5.6.
	known, _ := m.fsys.List(folder + "/devinfo")
	n.Least = max(max(len(known), len(names))-m.spare(folder+"/allocation"), 1)
	return n
}

// there returns those block devices of these names that exist.
func (d *disks) there(names []string) (nodes []*graph.Node) {
	for _, name := range names {
		if n, ok := d.blocks[name]; ok {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// spare returns how many devices a btrfs file system can lose, by the folders
// allocation/data/raid1 and so on.
func (m *mounts) spare(allocation string) int {
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

// btrfsProfile returns how many devices data of a profile can lose
// (btrfs_raid_array in fs/btrfs/volumes.c). ok is false for other names.
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
