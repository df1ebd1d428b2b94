package network

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
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

// sessions adds what the packets to those who are logged in over SSH depend on:
// the interface of the route to them, and the one that has the address they came
// to, which is lost with it.
func (n *Network) sessions() {
	if !n.connected() {
		return
	}
	connections := n.connections()
	ports := n.sshPorts(connections)
	type key struct{ from, to netip.Addr }
	seen := make(map[key]bool)
	for _, c := range connections {
		k := key{c.peer.Addr(), c.local.Addr()}
		if c.state != tcpEstablished || !ports[c.local.Port()] || seen[k] {
			continue
		}
		seen[k] = true
		if k.from.IsLoopback() || n.Local(k.from) {
			continue
		}
		session := "the SSH session from " + k.from.String()
		devices := n.waysOf(k.from, k.to)
		if len(devices) == 0 {
			n.Unknown(graph.SessionUnknown, graph.Warn, session, "cannot tell which interface "+session+" uses", nil)
		}
		for _, device := range devices {
			n.needInterface(graph.Need{
				Code: graph.SSHSession, Severity: graph.Refuse, Subject: session,
				Advice: "log in over another interface first",
			}, device)
		}
	}
}

// waysOf returns the interfaces whose loss ends a connection.
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

// Peers returns the machines that dom0 is connected to at a TCP port, in the
// order of the kernel's tables.
func (n *Network) Peers(port uint16) (peers []netip.Addr) {
	for _, name := range [...]string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := n.fsys.Read(name, tableLimit) // without it, none is found
		for _, c := range parseTCP(text) {
			if c.state == tcpEstablished && c.peer.Port() == port {
				peers = append(peers, c.peer.Addr())
			}
		}
	}
	return peers
}

// connections returns all TCP connections and listening sockets of dom0.
func (n *Network) connections() []connection {
	text, _ := n.table(graph.SessionUnknown, graph.Refuse, "SSH sessions", "/proc/net/tcp")
	all := parseTCP(text)
	if n.fsys.Exists("/proc/net/tcp6") { // else there is no IPv6
		text, _ = n.table(graph.SessionUnknown, graph.Refuse, "SSH sessions over IPv6", "/proc/net/tcp6")
		all = append(all, parseTCP(text)...)
	}
	return all
}

// sshPorts returns the ports that SSH listens at: 22, and those of a daemon whose
// process number is in the usual file.
func (n *Network) sshPorts(connections []connection) map[uint16]bool {
	ports := map[uint16]bool{sshPort: true}
	sockets := make(map[string]bool)
	for _, daemon := range []string{"sshd", "dropbear"} {
		for _, run := range []string{"/run/", "/var/run/"} {
			pid, err := n.fsys.Attribute(run + daemon + ".pid")
			if err != nil || !isNumber(pid) {
				continue
			}
			if name, err := n.fsys.Attribute("/proc/" + pid + "/comm"); err != nil || name != daemon {
				continue // another process has the number now
			}
			for _, inode := range n.socketsOf("/proc/" + pid + "/fd") {
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

// socketsOf returns the inodes of the sockets that a process has open.
func (n *Network) socketsOf(folder string) (inodes []string) {
	files, _ := n.fsys.List(folder) // without root, only port 22 is known
	for _, file := range files[:min(len(files), sshdFiles)] {
		target, _ := n.fsys.Readlink(folder + "/" + file)
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}
