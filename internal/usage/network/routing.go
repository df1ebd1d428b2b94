package network

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// routing is the kernel's tables of routes and addresses. Of IPv4 it is only the
// main table: the kernel shows no other with its interfaces.
type routing struct {
	v4, v6 []route
	local  []address

	unseen bool // the IPv4 addresses cannot be read
}

// route is a line of /proc/net/route or /proc/net/ipv6_route.
type route struct {
	to      netip.Prefix
	metric  uint32 // less is better
	device  string // "*" where there is none
	gateway bool   // through a router; else to the network of the interface itself
	reject  bool   // nothing gets through: unreachable, prohibit, blackhole
	local   bool   // to an address of dom0's own
	learned bool   // of IPv6, from a router's advertisement: set by the kernel, or with a lifetime by a daemon
}

// address is an address of dom0's own.
type address struct {
	netip.Prefix
	device  string // "" in IPv4, whose addresses the kernel shows without their interface
	dynamic bool   // it expires: from a router's advertisement, or a DHCPv6 lease
}

// Bytes that are read of each table: 30000 routes.
const tableLimit = 4 << 20

// errCut is the cause where a file is longer than what is read of it.
var errCut = errors.New("the file is too long; only its beginning was read")

// readRouting reads the tables. A dom0 without interfaces needs none.
func (n *interfaces) readRouting() *routing {
	r := &routing{}
	if !n.connected() {
		return r
	}
	if text, ok := n.table(graph.RouteUnknown, graph.Refuse, "routes", "/proc/net/route"); ok {
		r.v4 = parseRoutes(text)
	}
	if text, ok := n.table(graph.AddressUnknown, graph.Warn, "IPv4 addresses", "/proc/net/fib_trie"); ok {
		own, tables := parseFibTrie(text)
		r.local = own
		for _, table := range tables {
			n.Unknown(graph.RouteUnknown, graph.Warn, "table "+table, "the kernel does not show the routes of table "+table, nil)
		}
	}
	r.unseen = len(r.local) == 0
	if n.fsys.Exists("/proc/net/if_inet6") { // else there is no IPv6
		if text, ok := n.table(graph.AddressUnknown, graph.Warn, "IPv6 addresses", "/proc/net/if_inet6"); ok {
			r.local = append(r.local, parseIfInet6(text)...)
		}
		if text, ok := n.table(graph.RouteUnknown, graph.Refuse, "IPv6 routes", "/proc/net/ipv6_route"); ok {
			r.v6 = parseIPv6Routes(text)
		}
	}
	return r
}

// connected reports whether there is any interface that may lead somewhere.
func (n *interfaces) connected() bool {
	return slices.ContainsFunc(n.all, func(i *netif) bool { return i.name != "lo" })
}

// table reads a table of /proc/net; severity is what it means that it cannot be
// read.
func (n *interfaces) table(code graph.Code, severity graph.Severity, what, name string) (text []byte, ok bool) {
	text, err := n.fsys.Read(name, tableLimit)
	if err == nil && len(text) == tableLimit {
		err, severity = &sysfs.AttrError{Op: "read", Path: name, Err: errCut}, graph.Warn
	}
	if err != nil {
		n.Unknown(code, severity, what, "the "+what+" cannot be read", err)
	}
	return text, text != nil
}

// Route returns the interface by which packets to an address leave: that of the
// longest prefix, and of those the one with the least metric. It returns nil
// where there is no route, and for dom0's own addresses.
func (n *Network) Route(to netip.Addr) *graph.Node {
	to = to.Unmap().WithZone("")
	if to.IsLoopback() || n.Local(to) {
		return nil
	}
	best, ok := n.best(to)
	if !ok || best.reject || best.local {
		return nil
	}
	node, _ := n.Interface(best.device)
	return node
}

// Local reports whether an address is one of dom0's own.
func (r *routing) Local(a netip.Addr) bool {
	return slices.ContainsFunc(r.local, func(own address) bool { return own.Addr() == a })
}

func (r *routing) best(to netip.Addr) (best route, ok bool) {
	table := r.v6
	if to.Is4() {
		table = r.v4
	}
	for _, way := range table {
		if !way.to.Contains(to) {
			continue
		}
		if !ok || way.to.Bits() > best.to.Bits() || way.to.Bits() == best.to.Bits() && way.metric < best.metric {
			best, ok = way, true
		}
	}
	return best, ok
}
