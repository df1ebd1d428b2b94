package storage

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// mounts is all mounted file systems, and what they are on.
type mounts struct {
	*disks
	systems map[string]*system // by number
	all     []*system          // in the order in which they were mounted
	points  []point            // where something is mounted

	pools    map[string]*graph.Node // of ZFS, those that were asked for; nil for one whose disks are not known
	labelled members                // the disks of ZFS
}

// readMounts finds out what each mounted file system is on, and needs it.
func readMounts(d *disks) *mounts {
	m := &mounts{disks: d, systems: make(map[string]*system)}
	text, err := mountTable(m.fsys)
	if err != nil {
		m.notRead(graph.Refuse, err)
		return m
	}
	if len(text) == mountLimit {
		m.notRead(graph.Refuse, errCut)
	}
	for line := range strings.Lines(string(text)) {
		if mount, ok := parseMount(line); ok {
			m.add(mount)
		} else {
			m.notRead(graph.Warn, fmt.Errorf("mountinfo has the line %q", strings.TrimSpace(line)))
		}
	}
	if _, ok := m.holder("/"); !ok { // a process in a root that is no mount point does not see it
		m.Unknown(graph.MountUnknown, graph.Refuse, "/", "cannot tell what / is on", errors.New("it is not in mountinfo"))
	}
	for _, sys := range m.all {
		if stacked(sys.kind) {
			m.stack(sys)
		}
	}
	m.loops()
	m.needs()
	m.elsewhere()
	return m
}

// notRead notes that the mounts are not known, or not all of them.
func (m *mounts) notRead(severity graph.Severity, err error) {
	m.Unknown(graph.MountUnknown, severity, "", "the mounted file systems cannot be read", err)
}

// system is a mounted file system.
type system struct {
	mount              // the first
	points []string    // all, of bind mounts too
	node   *graph.Node // what it is on; nil for one in memory, and where that is unknown
	hidden string      // what it is on, as far as that is known: "a file system of kind 9p"
	onDisk bool        // what is hidden is a disk
}

// add notes a mount. The first one of a file system shows what it is on.
func (m *mounts) add(mount mount) {
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

// settle finds out what a file system is on: the block device that has its number,
// or what file systems of its kind have instead.
func (m *mounts) settle(sys *system) {
	source := prose.Printable(sys.source)
	if !strings.HasPrefix(sys.device, "0:") {
		n, gone := m.numbered(sys.device)
		if n == nil && gone {
			n = &graph.Node{Kind: graph.Disk, Name: strings.TrimPrefix(source, "/dev/"), Gone: true}
		}
		sys.put(n, source)
		m.beside(sys)
		return
	}
	host, _, remote := strings.Cut(sys.source, ":")
	remote = remote && !path.IsAbs(host) // mergerfs has folders: /media/a:/media/b
	switch address := option(sys.options, "addr"); {
	case stacked(sys.kind):
		sys.node = &graph.Node{Kind: graph.Overlay} // stack finds out, when all mount points are known
	case inMemory(sys.kind):
	case sys.kind == "btrfs":
		sys.put(m.btrfs(sys.source), "btrfs on "+source)
	case sys.kind == "zfs":
		pool, _, _ := strings.Cut(sys.source, "/")
		sys.put(m.pool(pool), "the ZFS pool "+prose.Printable(pool))
	case strings.HasPrefix(sys.source, "/dev/") && sys.source != "/dev/fuse":
		sys.put(m.several(sys.source), source)
	case strings.HasPrefix(sys.kind, "nfs") && address != "":
		sys.node = m.server(graph.NFSServer, address, "")
	case address != "":
		sys.node = m.server(graph.FileServer, address, "")
	case strings.HasPrefix(sys.kind, "fuse") && !remote:
		// Of a program, which may be on anything: mostly of lxcfs or of a desktop.
	case strings.HasPrefix(sys.kind, "fuse"):
		sys.node = m.server(graph.FileServer, host[strings.LastIndex(host, "@")+1:], "")
	default:
		sys.hidden = "a file system of kind " + prose.Printable(sys.kind)
	}
}

// put sets what a file system is on; nil where that is unknown.
func (sys *system) put(n *graph.Node, hidden string) {
	if sys.node = n; n == nil {
		sys.hidden, sys.onDisk = hidden, true
	}
}

// several returns the node of the block devices of a file system whose source
// names several: "/dev/sda:/dev/sdb" of bcachefs.
func (m *mounts) several(source string) *graph.Node {
	var nodes []*graph.Node
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
	return &graph.Node{Kind: graph.Several, On: nodes}
}

// beside needs what a file system has on devices of their own: XFS its log and its
// realtime section.
func (m *mounts) beside(sys *system) {
	if sys.kind != "xfs" {
		return
	}
	for _, part := range [...]struct{ option, words string }{{"logdev", "the log"}, {"rtdev", "the realtime section"}} {
		device := unescape(option(sys.options, part.option))
		if device == "" {
			continue
		}
		subject := part.words + " of " + prose.Printable(sys.point)
		if n := m.named(device); n != nil {
			m.Need(graph.Need{Code: graph.ExternalLog, Severity: graph.Refuse, Subject: subject, On: n, Advice: umount([]string{sys.point})})
		} else {
			m.hidden(subject, false, prose.Printable(device), true)
		}
	}
}

// hidden notes that it cannot be told what something is on, beyond what is given. It may
// be on any disk, or on something that is no disk.
func (m *mounts) hidden(subject string, plural bool, on string, onDisk bool) {
	verb := " is on "
	if plural {
		verb = " are on "
	}
	m.Unknown(graph.MountUnknown, graph.Warn, subject, subject+verb+on+"; cannot tell what that is on", nil)
	if onDisk {
		m.lost = append(m.lost, untraced{code: graph.MountUnknown, subject: subject, plural: plural})
	}
}

// inMemory reports whether a file system is the kernel's own, or in memory:
// nothing of it is lost with a device.
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
