package usage

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// classBlock holds a link for each disk, partition and volume, since Linux
// 2.6.25.
const classBlock = "/sys/class/block"

// virtualDevices is the home of all devices that are no hardware.
const virtualDevices = "/sys/devices/virtual/"

// blocks finds out what each block device is on: its PCI function, the disk
// that it is a part of, the disks that a volume is made of, or a server. It
// fills s.blocks, but for what loop devices are on, which mounts finds out. It
// comes after interfaces.
func blocks(s *scan) {
	names, err := s.fsys.List(classBlock)
	if err != nil {
		if !sysfs.IsNotExist(err) {
			s.unseen(Refuse, "the disks cannot be seen: "+err.Error())
		}
		return
	}
	slices.Sort(names)
	d := &disks{scan: s, names: names, homes: make(map[string]string, len(names))}
	for _, name := range names {
		target, err := s.fsys.Readlink(classBlock + "/" + name)
		if err != nil {
			if !sysfs.IsNotExist(err) { // else it went this moment
				s.dark("what " + name + " is on cannot be seen: " + err.Error())
			}
			continue
		}
		d.homes[name] = path.Join(classBlock, target)
	}
	for _, name := range names {
		d.node(name)
	}
	if d.mute != nil {
		verb := " is on"
		if len(d.mute) > 1 {
			verb = " are on"
		}
		s.dark("what " + listed(d.mute) + verb + " cannot be seen")
	}
}

// disks is all block devices, while it is found out what they are on.
type disks struct {
	*scan
	names []string          // in their order
	homes map[string]string // the folder of each: "/sys/devices/virtual/block/dm-0"
	mute  []string          // those that do not say what they are on
}

// node is the block device of a name, after all that is below it. One that is
// not there any more is Gone: slaves and legs are still named when they have
// been taken away.
func (d *disks) node(name string) *Node {
	if n, ok := d.blocks[name]; ok {
		return n
	}
	n := &Node{Words: deviceName(name)}
	home, ok := d.homes[name]
	if !ok {
		n.Gone = true
		return n
	}
	d.blocks[name] = n // before what is below it: a ring ends where it began
	d.settle(n, name, home)
	return n
}

// settle finds out what a block device is on.
func (d *disks) settle(n *Node, name, home string) {
	if disk := path.Base(path.Dir(home)); d.homes[disk] != "" {
		n.On = []*Node{d.node(disk)}
		return
	}
	if address, ok := lastAddress(home); ok {
		if f := d.function(home); f != nil {
			n.On = []*Node{f}
		} else {
			d.dark(n.Words + " is on " + address.String() + ", which is not among the PCI devices")
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
		d.array(n, name)
	case strings.HasPrefix(name, "loop"), strings.HasPrefix(name, "zram"):
		// On a file, perhaps: mounts knows on which file system that is.
	case strings.HasPrefix(name, "nbd"):
		d.nbd(n, name)
	default:
		d.other(n, name, home)
	}
}

// other settles all that has no rule of its own: bcache and DRBD, which have
// their disks in slaves, RAM disks, hardware that is no PCI function, and what
// does not say what it is on: volumes of ZFS, Ceph, the taps of XCP-ng.
func (d *disks) other(n *Node, name, home string) {
	slaves := d.slaves(name)
	d.stand(n, name, slaves, 0)
	for _, cache := range d.caches(name) {
		n.On = append(n.On, d.node(cache))
	}
	if len(slaves) > 0 || strings.HasPrefix(name, "ram") {
		return
	}
	if strings.HasPrefix(home, virtualDevices) || strings.HasPrefix(home, "/sys/devices/rbd/") {
		d.mute = append(d.mute, n.Words)
	}
}

// slaves are the block devices that a virtual one says it is made of.
func (d *disks) slaves(name string) []string {
	slaves, err := d.fsys.List(classBlock + "/" + name + "/slaves")
	if err != nil && !sysfs.IsNotExist(err) {
		d.dark("what " + deviceName(name) + " is on cannot be seen: " + err.Error())
	}
	slices.Sort(slaves)
	return slaves
}

// caches are the block devices of the cache that a bcache has: links cache0 and
// so on in the folder of its set (drivers/md/bcache/super.c). They hold nothing
// in turn.
func (d *disks) caches(name string) (caches []string) {
	set := classBlock + "/" + name + "/bcache/cache"
	files, _ := d.fsys.List(set) // a bcache may have none
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

// living are those of the legs of a block device that are there. A leg that is
// but named, and does not hold its holder in turn, is a new disk in the place of
// the one that was: it counts only where no other leg does, so that a doubt
// never makes anything look dead.
func (d *disks) living(holder string, legs []string) []*Node {
	var sound, doubtful []*Node
	for _, leg := range legs {
		switch n := d.node(leg); {
		case n.Gone:
		case d.fsys.Exists(classBlock+"/"+leg+"/holders/"+holder) && d.runs(leg):
			sound = append(sound, n)
		default:
			doubtful = append(doubtful, n)
		}
	}
	if len(sound) > 0 {
		return sound
	}
	return doubtful
}

// runs says whether a disk of SCSI or NVMe answers. A path to a server that is
// away says so in its state, and one that the server does not serve just now in
// another; other disks say nothing.
func (d *disks) runs(name string) bool {
	disk := classBlock + "/" + name
	for file, bad := range map[string][]string{
		"/device/state":        {"offline", "transport-offline", "blocked", "created-blocked", "cancel", "deleted", "connecting", "resetting", "deleting", "dead"},
		"/device/access_state": {"unavailable", "offline"},          // of ALUA, since Linux 4.6
		"/ana_state":           {"inaccessible", "persistent-loss"}, // of NVMe, since Linux 5.0
	} {
		if state, err := d.fsys.Attribute(disk + file); err == nil && slices.Contains(bad, state) {
			return false
		}
	}
	return true
}

// stand puts a block device on those of its legs that are there, of which it
// needs least, or all where that is 0. It is Gone when all of them are. What has
// lost a leg that it needs may still live in part, and is not taken for dead.
func (d *disks) stand(n *Node, name string, legs []string, least int) {
	n.On = d.living(name, legs)
	n.Least = least
	n.Gone = len(legs) > 0 && len(n.On) == 0
}

// deviceName is a block device as its name is below /dev: "cciss/c0d0" is
// "cciss!c0d0" in sysfs.
func deviceName(name string) string { return printable(strings.ReplaceAll(name, "!", "/")) }
