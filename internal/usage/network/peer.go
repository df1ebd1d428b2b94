package network

import "strings"

// carriers returns the interfaces that a virtual interface depends on without a
// link in sysfs that shows it.
func (n *interfaces) carriers(i *netif) []*netif {
	if i.name == "lo" || i.has("bonding") || i.has("bridge") || i.device != "" {
		return nil
	}
	if peer := n.linked(i); peer != nil {
		if n.linked(peer) == i {
			return n.behind(peer) // a pair of veth: what goes in here comes out there
		}
		if i.vlan {
			return []*netif{peer} // before Linux 3.14
		}
	}
	if number, ok := netloop(i.name); ok {
		if peer, ok := n.byName["vif0."+number]; ok {
			return n.behind(peer)
		}
	}
	return n.carryingPorts(i)
}

// linked returns the interface whose number another one has in iflink; nil where
// that is its own number, or one of another network namespace.
func (n *interfaces) linked(i *netif) *netif {
	link, err := n.fsys.Attribute(i.home + "/iflink")
	if err != nil || link == n.index(i) {
		return nil
	}
	if n.byIndex == nil {
		n.byIndex = make(map[string]*netif)
		for _, other := range n.all {
			n.byIndex[n.index(other)] = other
		}
	}
	return n.byIndex[link]
}

func (n *interfaces) index(i *netif) string {
	index, err := n.fsys.Attribute(i.home + "/ifindex")
	if err != nil {
		return ""
	}
	return index
}

// behind returns the bridge or switch that a port belongs to.
func (n *interfaces) behind(port *netif) []*netif {
	if master, ok := n.master[port.name]; ok {
		return []*netif{master}
	}
	return nil
}

// netloop returns the number of dom0's end of a netloop pair, whose other end is
// vif0.N: xend's script network-bridge of Xen 3.0 to 3.2 gave vethN the name,
// address and routes of ethN, and put vif0.N on the bridge.
func netloop(name string) (number string, ok bool) {
	number, ok = strings.CutPrefix(name, "veth")
	if !ok {
		number, ok = strings.CutPrefix(name, "eth")
	}
	return number, ok
}
