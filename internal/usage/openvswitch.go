package usage

import "strings"

// ovsDatapath is the interface that all ports of Open vSwitch have as their
// master, whichever of its bridges they are on (openvswitch.ko, since 1.9).
const ovsDatapath = "ovs-system"

// switchPorts are the ports of Open vSwitch that may carry an internal port. In
// sysfs an internal port is an interface of which nothing is known; a bridge's
// own has the MAC address of one of its physical ports, unless somebody gave it
// another. Where none has it, any may be the one.
func (n *network) switchPorts(i *netif) []*netif {
	ovs, ok := n.byName[ovsDatapath]
	if !ok || i.has("tun_flags") || strings.HasPrefix(i.name, "dummy") || strings.HasPrefix(i.name, "ifb") {
		return nil
	}
	var same []*netif
	mac, err := n.s.fsys.Attribute(i.home + "/address")
	for _, port := range ovs.ports {
		n.settle(port)
		if err != nil || !carries(port.node) {
			continue
		}
		if other, err := n.s.fsys.Attribute(port.home + "/address"); err == nil && other == mac {
			same = append(same, port)
		}
	}
	if same != nil {
		return same
	}
	return []*netif{ovs}
}

// switchFacts says of the devices behind several ports of Open vSwitch that
// nobody can see what each carries.
func (n *network) switchFacts() {
	ovs, ok := n.byName[ovsDatapath]
	if !ok || len(ovs.node.On) < 2 {
		return
	}
	for _, port := range ovs.node.On {
		for _, f := range functionsBelow(port, make(map[*Node]bool)) {
			n.s.fact(Warn, *f.Function, port.Words+" is a port of Open vSwitch; which port carries which network cannot be seen")
		}
	}
}

// functionsBelow are the first functions on each way down from a node.
func functionsBelow(n *Node, seen map[*Node]bool) (functions []*Node) {
	if seen[n] {
		return nil
	}
	seen[n] = true
	if n.Function != nil {
		return []*Node{n}
	}
	for _, below := range n.On {
		functions = append(functions, functionsBelow(below, seen)...)
	}
	return functions
}
