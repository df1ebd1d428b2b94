package network

import (
	"net/netip"
	"slices"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// addresses adds what dom0's own addresses depend on: somebody has given dom0 a network
// by them, for management, storage or its guests. Addresses that any card gets by
// itself, link-local ones and those of a router's advertisement, prove nothing. Whether
// an IPv4 address is from DHCP the kernel does not show.
func (n *Network) addresses() {
	for _, own := range n.local {
		if own.dynamic || own.Addr().IsLoopback() || own.Addr().IsLinkLocalUnicast() {
			continue
		}
		devices, prefix := n.interfacesOf(own.Addr())
		for _, device := range devices {
			if node, ok := n.Interface(device); ok {
				n.Need(graph.Need{
					Code: graph.NetAddress, Severity: graph.Refuse,
					Subject: "address " + prefix.String(), Doubtful: len(devices) > 1,
					On: node, Advice: "ip addr flush dev " + device + " first",
				})
			}
		}
	}
	if n.unseen {
		n.networks()
	}
}

// networks adds what the networks depend on in which dom0 has an IPv4 address, where the
// addresses themselves cannot be read: a kernel before 2.6.39 may have no fib_trie. With an
// address, the kernel adds a route to its network.
func (n *Network) networks() {
	for _, way := range n.v4 {
		ofAddress := !way.gateway && !way.reject && way.to.Bits() > 0 && way.to.Bits() < way.to.Addr().BitLen()
		if !ofAddress || way.to.Addr().IsLoopback() || way.to.Addr().IsLinkLocalUnicast() {
			continue
		}
		if node, ok := n.Interface(way.device); ok {
			n.Need(graph.Need{
				Code: graph.NetAddress, Severity: graph.Refuse,
				Subject: "an address in " + way.to.String(),
				On:      node, Advice: "ip addr flush dev " + way.device + " first",
			})
		}
	}
}

// interfacesOf returns the interfaces that have an address of dom0's own, or may
// have it, and its prefix there. The kernel shows IPv4 addresses without their
// interface: it is one with a route to the address's own network. An address
// without such a route, on lo or a tunnel, has no interface here.
func (r *routing) interfacesOf(a netip.Addr) (devices []string, prefix netip.Prefix) {
	if !a.Is4() {
		for _, own := range r.local {
			if own.Addr() == a {
				devices, prefix = append(devices, own.device), own.Prefix
			}
		}
		return devices, prefix
	}
	length := 1 // 0 is the default route of a tunnel
	for _, way := range r.v4 {
		if way.gateway || way.reject || way.to.Bits() < length || !way.to.Contains(a) {
			continue
		}
		if way.to.Bits() > length {
			length, devices = way.to.Bits(), nil
		}
		if !slices.Contains(devices, way.device) {
			devices = append(devices, way.device)
		}
	}
	return devices, netip.PrefixFrom(a, length)
}
