package usage

import (
	"slices"
	"strings"
)

// mounts finds out what each mounted file system is on, and needs it. It comes
// after interfaces and blocks.
func mounts(s *scan) {
	text, err := s.mountTable()
	if err != nil {
		s.unseen(Refuse, "what is mounted cannot be seen: "+err.Error())
		return
	}
	if len(text) == mountLimit {
		s.unseen(Refuse, "what is mounted cannot be seen: "+errCut.Error())
	}
	m := &mounted{scan: s, systems: make(map[string]*system)}
	for line := range strings.Lines(string(text)) {
		if mount, ok := parseMount(line); ok {
			m.add(mount)
		} else {
			s.dark("what is mounted cannot be seen: a line of mountinfo is " + printable(strings.TrimSpace(line)))
		}
	}
	if _, ok := m.holder("/"); !ok { // a process in a root that is no mount point does not see it
		s.unseen(Refuse, "what / is on cannot be seen: it is not in mountinfo")
	}
	for _, sys := range m.all {
		if stacked(sys.kind) {
			m.stack(sys)
		}
	}
	s.loops()
	m.needs()
	m.hiddenMounts()
}

// mounted is all file systems, while it is found out what they are on.
type mounted struct {
	*scan
	systems map[string]*system // by number
	all     []*system          // in the order in which they were mounted
}

// system is a mounted file system.
type system struct {
	mount           // the first
	points []string // all, of bind mounts too
	node   *Node    // what it is on; nil for one in memory, and where that is hidden
	hidden string   // what it is on, as far as that can be seen: "9p"
}

// add notes a mount. The first of a file system says what it is on.
func (m *mounted) add(mount mount) {
	sys, ok := m.systems[mount.device]
	if !ok {
		sys = &system{mount: mount}
		m.systems[mount.device] = sys
		m.all = append(m.all, sys)
		m.settle(sys)
	}
	if !slices.Contains(sys.points, mount.point) {
		sys.points = append(sys.points, mount.point)
	}
	m.points = append(m.points, point{path: mount.point, on: sys.node})
}

// settle finds out what a file system is on: a block device that has its number,
// or whatever its kind has in place of one.
func (m *mounted) settle(sys *system) {
	source := printable(sys.source)
	if !strings.HasPrefix(sys.device, "0:") {
		n, gone := m.numbered(sys.device)
		if n == nil && gone {
			n = &Node{Words: strings.TrimPrefix(source, "/dev/"), Gone: true}
		}
		sys.put(n, source)
		m.beside(sys)
		return
	}
	host, _, remote := strings.Cut(sys.source, ":")
	switch address := option(sys.options, "addr"); {
	case stacked(sys.kind):
		sys.node = &Node{Words: "an overlay"} // stack finds out, when all mount points are known
	case inMemory(sys.kind):
	case sys.kind == "btrfs":
		sys.put(m.btrfs(sys.source), "btrfs on "+source)
	case sys.kind == "zfs":
		pool, _, _ := strings.Cut(sys.source, "/")
		sys.put(m.pool(pool), "the ZFS pool "+printable(pool))
	case strings.HasPrefix(sys.source, "/dev/") && sys.source != "/dev/fuse":
		sys.put(m.several(sys.source), source)
	case strings.HasPrefix(sys.kind, "nfs") && address != "":
		sys.node = m.server("the NFS server", address, "")
	case address != "":
		sys.node = m.server("the file server", address, "")
	case strings.HasPrefix(sys.kind, "fuse") && !remote:
		// A program's, which may be on anything: of lxcfs or of a desktop mostly.
	case strings.HasPrefix(sys.kind, "fuse"):
		sys.node = m.server("the file server", host[strings.LastIndex(host, "@")+1:], "")
	default:
		sys.hidden = "a file system of kind " + printable(sys.kind)
	}
}

// put sets what a file system is on; where that is nil it is hidden.
func (sys *system) put(n *Node, hidden string) {
	if sys.node = n; n == nil {
		sys.hidden = hidden
	}
}

// several is the block devices of a file system that is on all that its source
// names: "/dev/sda:/dev/sdb" of bcachefs.
func (m *mounted) several(source string) *Node {
	var nodes []*Node
	for name := range strings.SplitSeq(source, ":") {
		n := m.named(name)
		if n == nil {
			return nil
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return &Node{Words: "a file system of several disks", On: nodes}
}

// beside needs what a file system has on disks of their own: XFS its log and its
// files in real time.
func (m *mounted) beside(sys *system) {
	if sys.kind != "xfs" {
		return
	}
	for _, part := range [...]struct{ option, words string }{{"logdev", "the log"}, {"rtdev", "the realtime part"}} {
		device := unescape(option(sys.options, part.option))
		if device == "" {
			continue
		}
		words := part.words + " of " + printable(sys.point) + " is"
		if n := m.named(device); n != nil {
			m.need(Refuse, words, n)
		} else {
			m.dark(words + " on " + printable(device) + ", and what that is on cannot be seen")
		}
	}
}

// inMemory says whether a file system is the kernel's own, or in memory: nothing
// of it is lost with a device.
func inMemory(kind string) bool {
	switch kind {
	case "autofs", "bdev", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "cpuset",
		"debugfs", "devfs", "devpts", "devtmpfs", "dlm", "efivarfs", "fusectl", "functionfs",
		"hugetlbfs", "ipathfs", "mqueue", "nfsd", "none", "nsfs", "nullfs", "openpromfs", "oprofilefs", "proc", "pstore",
		"ramfs", "resctrl", "rootfs", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "spufs",
		"sysfs", "tmpfs", "tracefs", "usbdevfs", "usbfs", "xenfs":
		return true
	}
	return false
}
