package usage

import (
	"net/netip"
	"slices"
	"strings"
)

// States of a connection (include/net/tcp_states.h).
const (
	tcpEstablished = 0x01
	tcpListen      = 0x0a
)

// sshPort is where sshd listens unless it is told otherwise.
const sshPort = 22

// Files that one sshd has open, at most; a listening one has about ten.
const sshdFiles = 256

// sessions notes what carries the way back to those who are logged in over SSH:
// the interface that the route to them goes by, and the one that has the address
// they came to, which is lost with it.
func sessions(s *scan) {
	if !s.connected() {
		return
	}
	connections := s.connections()
	ports := s.sshPorts(connections)
	r := s.routes()
	type key struct{ from, to netip.Addr }
	seen := make(map[key]bool)
	for _, c := range connections {
		k := key{c.peer.Addr(), c.local.Addr()}
		if c.state != tcpEstablished || !ports[c.local.Port()] || seen[k] {
			continue
		}
		seen[k] = true
		if k.from.IsLoopback() || r.own(k.from) {
			continue
		}
		devices := r.waysOf(k.from, k.to)
		if len(devices) == 0 {
			s.unseen(Warn, "the way back of the SSH session from "+k.from.String()+" cannot be seen")
		}
		for _, device := range devices {
			s.needInterface(Refuse, "the SSH session from "+k.from.String()+" is", device)
		}
	}
}

// waysOf are the interfaces that a connection dies with.
func (r *routing) waysOf(from, to netip.Addr) (devices []string) {
	addressed, _ := r.interfacesOf(to)
	if from.IsLinkLocalUnicast() {
		return addressed // each interface has a route to all such
	}
	if way, ok := r.best(from); ok && !way.reject && !way.local {
		if slices.Contains(addressed, way.device) {
			return []string{way.device}
		}
		devices = append(devices, way.device)
	}
	return append(devices, addressed...)
}

// connections are all TCP connections and listeners of dom0.
func (s *scan) connections() []connection {
	text, _ := s.table(Refuse, "SSH sessions", "/proc/net/tcp")
	all := parseTCP(text)
	if s.fsys.Exists("/proc/net/tcp6") { // else there is no IPv6
		text, _ = s.table(Refuse, "SSH sessions over IPv6", "/proc/net/tcp6")
		all = append(all, parseTCP(text)...)
	}
	return all
}

// sshPorts are the ports that people log in at: 22, and those that a daemon
// listens at whose process number is in the usual file.
func (s *scan) sshPorts(connections []connection) map[uint16]bool {
	ports := map[uint16]bool{sshPort: true}
	sockets := make(map[string]bool)
	for _, daemon := range []string{"sshd", "dropbear"} {
		for _, run := range []string{"/run/", "/var/run/"} {
			pid, err := s.fsys.Attribute(run + daemon + ".pid")
			if err != nil || !isNumber(pid) {
				continue
			}
			if name, err := s.fsys.Attribute("/proc/" + pid + "/comm"); err != nil || name != daemon {
				continue // the number is another's now
			}
			for _, inode := range s.socketsOf("/proc/" + pid + "/fd") {
				sockets[inode] = true
			}
		}
	}
	for _, c := range connections {
		if c.state == tcpListen && sockets[c.inode] {
			ports[c.local.Port()] = true
		}
	}
	return ports
}

// socketsOf are the inodes of the sockets among the files that a process has
// open.
func (s *scan) socketsOf(folder string) (inodes []string) {
	files, _ := s.fsys.List(folder) // who is not root sees port 22 alone
	for _, file := range files[:min(len(files), sshdFiles)] {
		target, _ := s.fsys.Readlink(folder + "/" + file)
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}
