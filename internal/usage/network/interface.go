package network

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// classNet holds a link for each network interface of dom0.
const classNet = "/sys/class/net"

// interfaces is all interfaces, while it is found out what they depend on.
type interfaces struct {
	*graph.Builder
	fsys   sysfs.FS
	all    []*netif // by name
	byName map[string]*netif

	certain bool              // a port of Open vSwitch is not chosen by its address
	byIndex map[string]*netif // by ifindex; nil until it is asked for
	master  map[string]*netif // of a port: the bridge, bond or switch that it belongs to
}

// netif is a network interface.
type netif struct {
	name   string
	home   string   // its folder: "/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
	files  []string // the names in its folder
	device string   // the folder of the device that it is an interface of; "" for a virtual one
	vlan   bool
	node   *graph.Node

	ports   []*netif // of a bond, a team, a bridge, a switch; what a VLAN is on
	settled bool
}

// readInterfaces finds out what each network interface depends on: its device,
// the interfaces that a bond, a bridge or a VLAN is made of, or nothing.
//
// An internal port of Open vSwitch is on the port that has the same address or, where it
// has to be certain, on all of them.
func readInterfaces(b *graph.Builder, fsys sysfs.FS, certain bool) *interfaces {
	n := &interfaces{Builder: b, fsys: fsys, certain: certain, byName: make(map[string]*netif), master: make(map[string]*netif)}
	names, err := fsys.List(classNet)
	if err != nil {
		if !sysfs.IsNotExist(err) {
			b.Unknown(graph.NetUnknown, graph.Refuse, "", "the network interfaces cannot be read", err)
		}
		return n
	}
	slices.Sort(names)
	for _, name := range names {
		if i, ok := n.readInterface(name); ok {
			n.byName[name] = i
			n.all = append(n.all, i)
		}
	}
	for _, i := range n.all {
		n.join(i)
	}
	for _, i := range n.all {
		n.settle(i)
	}
	return n
}

func (n *interfaces) readInterface(name string) (*netif, bool) {
	// Before Linux 2.6.25 it is no link, but the folder.
	home := n.fsys.Resolve(classNet + "/" + name)
	files, err := n.fsys.List(home)
	if err != nil {
		if !sysfs.IsNotExist(err) { // else it went this moment, or is the file bonding_masters
			n.unknown(name, err)
		}
		return nil, false
	}
	i := &netif{name: name, home: home, files: files, node: &graph.Node{Kind: graph.Interface, Name: name, Least: 1}}
	if i.has("device") {
		i.device = n.fsys.Resolve(home + "/device")
	}
	switch {
	case i.has("bridge"):
		i.node.Kind = graph.Bridge
	case name == ovsDatapath:
		// Least is 0: which port it could do without cannot be read.
		i.node = &graph.Node{Kind: graph.Switch}
	case n.fsys.Exists("/proc/net/vlan/" + name):
		i.vlan = true
		i.node.Kind = graph.VLAN
	}
	return i, true
}

func (i *netif) has(file string) bool { return slices.Contains(i.files, file) }

// unknown notes that it cannot be read what an interface depends on.
func (n *interfaces) unknown(called string, err error) {
	n.Unknown(graph.NetUnknown, graph.Warn, called, "cannot tell what "+called+" is on", err)
}

// Interface returns the node of an interface by its name. ok is false where dom0
// has none of that name.
func (n *interfaces) Interface(name string) (node *graph.Node, ok bool) {
	i, ok := n.byName[name]
	if !ok {
		return nil, false
	}
	return i.node, true
}

// join finds the interfaces that another one is made of.
func (n *interfaces) join(i *netif) {
	names, err := n.lower(i)
	if err != nil {
		n.unknown(i.node.String(), err)
		return
	}
	for _, name := range names {
		port, ok := n.byName[name]
		if !ok {
			called := i.node.String()
			n.Unknown(graph.NetUnknown, graph.Warn, called, called+" is on "+name+", which is not in "+classNet, nil)
			continue
		}
		i.ports = append(i.ports, port)
		if i.has("bonding") || i.has("bridge") || i.name == ovsDatapath {
			n.master[name] = i
		}
	}
}

// lower returns the names of the interfaces that a bond, a bridge, a VLAN, a
// team, a macvlan or a switch is made of: links "lower_eth0", since Linux 3.14.
// The attribute of a bond is read only without those: its reader waits for a
// lock of the network.
func (n *interfaces) lower(i *netif) (names []string, err error) {
	for _, file := range i.files {
		if name, ok := strings.CutPrefix(file, "lower_"); ok {
			names = append(names, name)
		}
	}
	switch {
	case names != nil:
	case i.has("bonding"):
		var slaves string
		slaves, err = n.fsys.Attribute(i.home + "/bonding/slaves")
		names = strings.Fields(slaves)
	case i.has("bridge"):
		names, err = n.fsys.List(i.home + "/brif")
	}
	slices.Sort(names)
	return names, err
}

// settle finds out what an interface depends on, after all interfaces below it.
// One port is enough, but a bridge or a bond that has none left is lost, though
// it keeps its address and its routes.
func (n *interfaces) settle(i *netif) {
	if i.settled {
		return
	}
	i.settled = true // ends a ring where it began
	if hardware := n.hardware(i); hardware != nil {
		i.node.On = []*graph.Node{hardware}
		return
	}
	ports := i.ports
	if len(ports) == 0 {
		ports = n.carriers(i)
	}
	i.node.On = n.legs(i.node, ports)
}

// legs returns those ports that lead to some hardware: a bridge that has only
// ports of guests left has lost its network. Where one port is enough, a port
// without a link, while another has one, does not carry what that one does. Which
// port of Open vSwitch carries which network is not known, and a link may come up
// seconds after the card.
func (n *interfaces) legs(above *graph.Node, ports []*netif) (legs []*graph.Node) {
	spare := above.Least > 0 && len(ports) > 1
	var down []*graph.Node
	for _, port := range ports {
		n.settle(port)
		switch {
		case !carries(port.node):
		case spare && n.down(port):
			down = append(down, port.node)
		default:
			legs = append(legs, port.node)
		}
	}
	if legs == nil {
		return down
	}
	for _, d := range down {
		unlinked := *d
		unlinked.Note, unlinked.Gone = "no link", true
		legs = append(legs, &unlinked)
	}
	return legs
}

// down reports whether an interface certainly has no link.
func (n *interfaces) down(i *netif) bool {
	state, err := n.fsys.Attribute(i.home + "/operstate")
	return err == nil && (state == "down" || state == "lowerlayerdown")
}

// hardware returns the PCI function that an interface belongs to, or a node of
// its own for hardware of another bus; nil for a virtual interface, and for one
// of a guest.
func (n *interfaces) hardware(i *netif) *graph.Node {
	if f := n.FunctionOf(i.device); f != nil {
		return f // a USB or virtio device is below one
	}
	if _, guest := i.guest(); guest || i.device == "" {
		return nil
	}
	return &graph.Node{Kind: graph.Hardware, Name: path.Base(i.device)}
}

// carries reports whether an interface leads to any hardware.
func carries(n *graph.Node) bool { return len(n.On) > 0 }
