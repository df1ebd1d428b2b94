package network

import (
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// ovsDatapath is the interface that all ports of Open vSwitch have as their
// master, whichever of its bridges they are on (openvswitch.ko, since 1.9).
const ovsDatapath = "ovs-system"

// carryingPorts returns the ports of Open vSwitch that may carry an internal port.
// sysfs shows nothing of an internal port; that of a bridge has the MAC address
// of one of its physical ports, unless it was given another. Where no port has
// that address, any of them may carry it.
func (n *interfaces) carryingPorts(i *netif) []*netif {
	ovs, ok := n.byName[ovsDatapath]
	if !ok || i.has("tun_flags") || strings.HasPrefix(i.name, "dummy") || strings.HasPrefix(i.name, "ifb") {
		return nil
	}
	if n.certain {
		return []*netif{ovs}
	}
	var same []*netif
	mac, err := n.fsys.Attribute(i.home + "/address")
	for _, port := range ovs.ports {
		n.settle(port)
		if err != nil || !carries(port.node) {
			continue
		}
		if other, err := n.fsys.Attribute(port.home + "/address"); err == nil && other == mac {
			same = append(same, port)
		}
	}
	if same != nil {
		return same
	}
	return []*netif{ovs}
}

// switchPorts notes of the devices behind several ports of Open vSwitch that
// sysfs does not show what each port carries.
func (n *interfaces) switchPorts() {
	ovs, ok := n.byName[ovsDatapath]
	if !ok || len(ovs.node.On) < 2 {
		return
	}
	for _, port := range ovs.node.On {
		for _, f := range port.Functions() {
			n.Fact(graph.Finding{
				Device: *f.Function, Severity: graph.Warn, Code: graph.SwitchPort, Subject: port.Name,
				Reason: port.String() + " is a port of Open vSwitch; cannot tell which port carries which network",
				Short:  port.String() + " is a port of Open vSwitch",
			})
		}
	}
}
