package storage

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/network"
)

// classBlock holds a link for each disk, partition and volume, since Linux
// 2.6.25.
const classBlock = "/sys/class/block"

// virtualDevices is the home of all devices that are no hardware.
const virtualDevices = "/sys/devices/virtual/"

// disks is all block devices, and what they depend on.
type disks struct {
	*graph.Builder
	*servers
	fsys   sysfs.FS
	blocks map[string]*graph.Node // by the kernel's name: "sda1", "dm-0", "nvme0n1"
	names  []string               // in their order
	homes  map[string]string      // the folder of each: "/sys/devices/virtual/block/dm-0"
	silent []string               // those of which sysfs does not show what they are on

	obscure []*graph.Node // block devices that may be on any disk
	served  []*graph.Node // volumes of ZFS and taps of XCP-ng: pools and open files show what a guest's are on
	lost    []untraced    // what is needed and may be on any disk
}

// readDisks finds out what each block device depends on: its PCI function, the
// disk that it is a part of, the disks that a volume is made of, or a server. The
// files of loop devices are left to readMounts.
func readDisks(b *graph.Builder, fsys sysfs.FS, n *network.Network) *disks {
	d := &disks{
		Builder: b, servers: newServers(b, n), fsys: fsys,
		blocks: make(map[string]*graph.Node), homes: make(map[string]string),
	}
	names, err := fsys.List(classBlock)
	if err != nil {
		if !sysfs.IsNotExist(err) {
			b.Unknown(graph.DiskUnknown, graph.Refuse, "", "the disks cannot be read", err)
		}
		return d
	}
	slices.Sort(names)
	d.names = names
	for _, name := range names {
		target, err := fsys.Readlink(classBlock + "/" + name)
		if err != nil {
			if !sysfs.IsNotExist(err) { // else it went this moment
				d.blocks[name] = &graph.Node{Kind: graph.Disk, Name: deviceName(name)}
				d.unknown(d.blocks[name], err)
			}
			continue
		}
		d.homes[name] = path.Join(classBlock, target)
	}
	for _, name := range names {
		d.node(name)
	}
	if d.silent != nil {
		called := prose.List(d.silent)
		d.Unknown(graph.DiskUnknown, graph.Warn, called, "cannot tell what "+called+" "+be(len(d.silent))+" on", nil)
	}
	return d
}

// unknown notes that it cannot be told what a block device depends on, or not all
// of it: that may be any disk.
func (d *disks) unknown(n *graph.Node, err error) {
	d.Unknown(graph.DiskUnknown, graph.Warn, n.Name, "cannot tell what "+n.Name+" is on", err)
	d.obscure = append(d.obscure, n)
}

// traced reports whether it can be told what a block device depends on.
func (d *disks) traced(n *graph.Node) bool { return !slices.ContainsFunc(d.obscure, n.Reaches) }

// be is the verb for a number of things.
func be(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// node returns the block device of a name, after all that is below it. One that
// is no longer there is Gone: the kernel still names slaves and legs that were
// taken away.
func (d *disks) node(name string) *graph.Node {
	if n, ok := d.blocks[name]; ok {
		return n
	}
	n := &graph.Node{Kind: graph.Disk, Name: deviceName(name)}
	home, ok := d.homes[name]
	if !ok {
		n.Gone = true
		return n
	}
	d.blocks[name] = n // before what is below it: a ring ends where it began
	d.settle(n, name, home)
	return n
}

// settle finds out what a block device depends on.
func (d *disks) settle(n *graph.Node, name, home string) {
	if disk := path.Base(path.Dir(home)); d.homes[disk] != "" {
		n.Kind = graph.Partition
		n.On = []*graph.Node{d.node(disk)}
		return
	}
	if address, ok := graph.LastAddress(home); ok {
		if f := d.FunctionOf(home); f != nil {
			n.On = []*graph.Node{f}
		} else {
			d.Unknown(graph.DiskUnknown, graph.Warn, n.Name, n.Name+" is on "+address.String()+", which is not among the PCI devices", nil)
		}
		return
	}
	switch {
	case strings.HasPrefix(home, nvmeSubsystems):
		d.head(n, name, home)
	case strings.HasPrefix(home, nvmeFabrics):
		d.remote(n, path.Dir(home))
	case iscsiSession(home) != "":
		d.target(n, iscsiSession(home))
	case strings.HasPrefix(home, blockFronts):
		d.front(n, home)
	case strings.HasPrefix(name, "dm-"):
		d.volume(n, name)
	case strings.HasPrefix(name, "md"):
		n.Kind = graph.Array
		d.array(n, name)
	case strings.HasPrefix(name, "loop"), strings.HasPrefix(name, "zram"):
		// On a file, perhaps: readMounts knows on which file system that is.
		if strings.HasPrefix(name, "loop") {
			n.Kind = graph.Loop
		}
	case strings.HasPrefix(name, "nbd"):
		d.nbd(n, name)
	default:
		d.other(n, name, home)
	}
}

// other settles all that has no rule of its own, or whose rule finds nothing: bcache and DRBD, which have
// their disks in slaves, RAM disks, hardware of another bus than PCI, and what
// shows nothing in sysfs: volumes of ZFS, Ceph, the taps of XCP-ng.
func (d *disks) other(n *graph.Node, name, home string) {
	slaves := d.slaves(n, name)
	d.stand(n, name, slaves, 0)
	for _, cache := range d.caches(n, name) {
		n.On = append(n.On, d.node(cache))
	}
	if len(slaves) > 0 || !d.traced(n) || strings.HasPrefix(name, "ram") {
		return
	}
	if strings.HasPrefix(home, virtualDevices) || strings.HasPrefix(home, "/sys/devices/rbd/") {
		d.silent = append(d.silent, n.Name)
		switch {
		case strings.HasPrefix(home, "/sys/devices/rbd/"): // in other machines
		case strings.HasPrefix(name, "zd"), strings.HasPrefix(name, "td"):
			d.served = append(d.served, n)
		default:
			d.obscure = append(d.obscure, n)
		}
	}
}

// slaves returns the names of the block devices that a virtual one is made of.
func (d *disks) slaves(n *graph.Node, name string) []string {
	slaves, err := d.fsys.List(classBlock + "/" + name + "/slaves")
	if err != nil && !sysfs.IsNotExist(err) {
		d.unknown(n, err)
	}
	slices.Sort(slaves)
	return slaves
}

// caches returns the names of the block devices that cache a bcache: links cache0
// and so on in the folder of its set (drivers/md/bcache/super.c). They do not
// name their holder.
func (d *disks) caches(n *graph.Node, name string) (caches []string) {
	set := classBlock + "/" + name + "/bcache/cache"
	files, err := d.fsys.List(set)
	if err != nil && !sysfs.IsNotExist(err) { // a bcache may have none
		d.unknown(n, err)
	}
	slices.Sort(files)
	for _, file := range files {
		if strings.HasPrefix(file, "cache") {
			if target, err := d.fsys.Readlink(set + "/" + file); err == nil {
				caches = append(caches, path.Base(path.Dir(target)))
			}
		}
	}
	return caches
}

// living returns those legs of a block device that are there, and apart from them
// those that may be of no use: one that may not answer, one that may be on the same
// disk as another, and one that does not name its holder in turn, which is a new disk
// in the place of the old one.
func (d *disks) living(holder string, legs []string) (sound, doubtful []*graph.Node) {
	for _, leg := range legs {
		switch n := d.node(leg); {
		case n.Gone:
		case d.fsys.Exists(classBlock+"/"+leg+"/holders/"+holder) && d.serves(leg) && d.traced(n):
			sound = append(sound, n)
		default:
			doubtful = append(doubtful, n)
		}
	}
	return sound, doubtful
}

// stand puts a block device on those of its legs that are there, of which it
// needs least, or all where that is 0. It is Gone when all of them are. What has
// lost a leg that it needs may still work in part, and is not taken for dead.
//
// A doubtful leg is left out where the sound ones are enough, so that it is not
// counted as what is left. A doubt never makes anything look dead.
func (d *disks) stand(n *graph.Node, name string, legs []string, least int) {
	sound, doubtful := d.living(name, legs)
	n.On, n.Least = sound, least
	switch {
	case len(sound) == 0:
		n.On = doubtful
	case len(sound) < least || least == 0:
		n.On, n.Least = slices.Concat(sound, doubtful), 0 // any of them may be one that it needs
	}
	n.Gone = len(legs) > 0 && len(n.On) == 0
}

// deviceName returns the name of a block device below /dev: "cciss/c0d0" is
// "cciss!c0d0" in sysfs.
func deviceName(name string) string { return prose.Printable(strings.ReplaceAll(name, "!", "/")) }
