package storage

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

const (
	// zfsPools has a folder for each imported pool (the kstats of OpenZFS's
	// module/zfs/spa_stats.c).
	zfsPools = "/proc/spl/kstat/zfs"
	// udevData has a file for each block device that udev has looked at, by its
	// number: "b8:3". Nothing in /sys or /proc shows what a pool is made of.
	udevData = "/run/udev/data"
)

// members is the block devices with a label of ZFS, by the name of their pool;
// those of caches and spares may have no name.
type members struct {
	of      map[string][]*graph.Node
	unknown []string // the disks that udev has not looked at

	doubtful []*graph.Node // the same
}

// pool returns the node of a ZFS pool; nil where none of its disks is known. How
// many of them it can lose is not known, so that it is taken to need them all.
func (m *mounts) pool(name string) *graph.Node {
	if n, ok := m.pools[name]; ok {
		return n
	}
	if m.pools == nil {
		m.pools, m.labelled = make(map[string]*graph.Node), m.zfsMembers()
	}
	label := strings.ReplaceAll(name, " ", "_") // as blkid gives it to udev
	var n *graph.Node
	if of := m.labelled.of[label]; len(of) > 0 {
		n = &graph.Node{Kind: graph.Pool, Name: prose.Printable(name), On: append(slices.Clone(of), m.labelled.of[""]...)}
		if unknown := m.labelled.unknown; len(unknown) > 0 {
			m.Unknown(graph.ZFSUnknown, graph.Warn, n.Name, "cannot tell whether "+n.String()+" is on "+prose.List(unknown)+" as well",
				errors.New("udev has no record of it"))
			m.lost = append(m.lost, untraced{code: graph.ZFSUnknown, subject: n.String(), on: m.labelled.doubtful})
		}
	}
	m.pools[name] = n
	return n
}

// zfsMembers reads what udev has found on the disks and their partitions.
func (d *disks) zfsMembers() members {
	found := members{of: make(map[string][]*graph.Node)}
	for _, name := range slices.Sorted(maps.Keys(d.blocks)) {
		n := d.blocks[name]
		if len(n.On) == 0 { // in memory, not in use, or unknown
			continue
		}
		number, _ := d.fsys.Attribute(classBlock + "/" + name + "/dev")
		text, err := d.fsys.Read(udevData+"/b"+number, tableLimit)
		if err != nil {
			found.unknown, found.doubtful = append(found.unknown, n.Name), append(found.doubtful, n)
			continue
		}
		if udevProperty(text, "ID_FS_TYPE") == "zfs_member" {
			label := udevProperty(text, "ID_FS_LABEL")
			found.of[label] = append(found.of[label], n)
		}
	}
	return found
}

// udevProperty returns a property of a file in udevData: "E:ID_FS_TYPE=zfs_member".
func udevProperty(text []byte, name string) string {
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "E:"+name+"="); ok {
			return strings.TrimSuffix(value, "\n")
		}
	}
	return ""
}

// importedPools needs the pools that have nothing mounted: guests may have their
// volumes.
func (m *mounts) importedPools() {
	entries, _ := m.fsys.Entries(zfsPools, maxPools) // there is no ZFS
	for _, e := range entries {
		if _, mounted := m.pools[e.Name()]; mounted || !e.IsDir() {
			continue
		}
		name := prose.Printable(e.Name())
		if n := m.pool(e.Name()); n != nil {
			m.Need(graph.Need{
				Code: graph.ZFSPool, Severity: graph.Refuse, Subject: "an imported pool", On: n,
				Advice: advise("zpool export", e.Name()),
			})
		} else {
			m.Unknown(graph.ZFSUnknown, graph.Warn, name, "cannot tell what the imported ZFS pool "+name+" is on", nil)
			m.lost = append(m.lost, untraced{code: graph.ZFSUnknown, subject: "the ZFS pool " + name})
		}
	}
}

// maxPools is the number of pools that are looked at.
const maxPools = 1 << 10
