package usage

import (
	"maps"
	"slices"
	"strings"
)

const (
	// zfsPools has a folder for each pool that is imported (the kstats of OpenZFS's
	// module/zfs/spa_stats.c).
	zfsPools = "/proc/spl/kstat/zfs"
	// udevData has a file for each block device that udev has looked at, by its
	// number: "b8:3". ZFS says nowhere in /sys or /proc what a pool is made of.
	udevData = "/run/udev/data"
)

// members are the block devices with a label of ZFS, by the name of their pool;
// those of caches and spares may have none.
type members struct {
	of     map[string][]*Node
	unseen []string // the disks that udev has not looked at
}

// pool is a ZFS pool; nil where none of its disks can be seen. How many of them
// it can do without is not known, so that it is taken to need them all.
func (s *scan) pool(name string) *Node {
	if n, ok := s.pools[name]; ok {
		return n
	}
	if s.pools == nil {
		s.pools, s.labelled = make(map[string]*Node), s.zfsMembers()
	}
	label := strings.ReplaceAll(name, " ", "_") // as blkid gives it to udev
	var n *Node
	if of := s.labelled.of[label]; len(of) > 0 {
		n = &Node{Words: "the ZFS pool " + printable(name), On: append(slices.Clone(of), s.labelled.of[""]...)}
		if unseen := s.labelled.unseen; len(unseen) > 0 {
			s.dark("whether " + n.Words + " is on " + listed(unseen) + " too cannot be seen: udev says nothing of that")
		}
	}
	s.pools[name] = n
	return n
}

// zfsMembers asks what udev has found on the disks and their partitions.
func (s *scan) zfsMembers() members {
	found := members{of: make(map[string][]*Node)}
	for _, name := range slices.Sorted(maps.Keys(s.blocks)) {
		n := s.blocks[name]
		if len(n.On) == 0 { // in memory, or in use by nobody; or nobody knows
			continue
		}
		number, _ := s.fsys.Attribute(classBlock + "/" + name + "/dev")
		text, err := s.fsys.Read(udevData+"/b"+number, tableLimit)
		if err != nil {
			found.unseen = append(found.unseen, n.Words)
			continue
		}
		if udevProperty(text, "ID_FS_TYPE") == "zfs_member" {
			label := udevProperty(text, "ID_FS_LABEL")
			found.of[label] = append(found.of[label], n)
		}
	}
	return found
}

// udevProperty is a property in a file of udevData: "E:ID_FS_TYPE=zfs_member".
func udevProperty(text []byte, name string) string {
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "E:"+name+"="); ok {
			return strings.TrimSuffix(value, "\n")
		}
	}
	return ""
}

// importedPools needs the pools of which nothing is mounted: guests may have
// their volumes. It comes after mounts.
func importedPools(s *scan) {
	entries, _ := s.fsys.Entries(zfsPools, maxPools) // there is no ZFS
	for _, e := range entries {
		if _, mounted := s.pools[e.Name()]; mounted || !e.IsDir() {
			continue
		}
		words := "the ZFS pool " + printable(e.Name())
		if n := s.pool(e.Name()); n != nil {
			s.need(Refuse, "what is imported is", n)
		} else {
			s.dark(words + " is imported, and what that is on cannot be seen")
		}
	}
}

// maxPools is how many pools are looked at.
const maxPools = 1 << 10
