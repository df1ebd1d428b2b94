package usage

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// classNet holds a link for each network interface of dom0.
const classNet = "/sys/class/net"

// interfaces finds out what each network interface is on: its device, the
// interfaces that a bond, a bridge or a VLAN is made of, or nothing. It fills
// s.nets, and comes before all that asks for a way through the network.
func interfaces(s *scan) {
	names, err := s.fsys.List(classNet)
	if err != nil {
		if !sysfs.IsNotExist(err) {
			s.unseen(Refuse, "the network cannot be seen: "+err.Error())
		}
		return
	}
	slices.Sort(names)
	n := &network{s: s, byName: make(map[string]*netif), master: make(map[string]*netif)}
	for _, name := range names {
		if i, ok := s.netif(name); ok {
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
	for _, i := range n.all {
		s.nets[i.name] = i.node
	}
	n.guests()
	n.switchFacts()
	n.foreign()
}

// netif is a network interface.
type netif struct {
	name   string
	home   string   // its folder: "/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
	files  []string // what is in its folder
	device string   // the folder of what it is an interface of; "" for a virtual one
	vlan   bool
	node   *Node

	ports   []*netif // of a bond, a team, a bridge, a switch; what a VLAN is on
	settled bool
}

func (s *scan) netif(name string) (*netif, bool) {
	// Before Linux 2.6.25 it is no link, but the folder.
	home := s.home(classNet + "/" + name)
	files, err := s.fsys.List(home)
	if err != nil {
		if !sysfs.IsNotExist(err) { // else it went this moment, or is the file bonding_masters
			s.unseen(Warn, "what "+name+" is on cannot be seen: "+err.Error())
		}
		return nil, false
	}
	i := &netif{name: name, home: home, files: files, node: &Node{Words: name, Least: 1}}
	if i.has("device") {
		i.device = s.home(home + "/device")
	}
	switch {
	case i.has("bridge"):
		i.node.Words = "bridge " + name
	case name == ovsDatapath:
		i.node.Words = "Open vSwitch"
		i.node.Least = 0 // nobody can see which port it could do without
	case s.fsys.Exists("/proc/net/vlan/" + name):
		i.vlan = true
		i.node.Words = "VLAN " + name
	}
	return i, true
}

func (i *netif) has(file string) bool { return slices.Contains(i.files, file) }

// network is all interfaces, while it is found out what they are on.
type network struct {
	s      *scan
	all    []*netif // by name
	byName map[string]*netif

	byIndex map[string]*netif // by ifindex; nil until somebody asks
	master  map[string]*netif // of a port: the bridge, bond or switch that it belongs to
}

// join finds the interfaces that another one is made of.
func (n *network) join(i *netif) {
	names, err := n.lower(i)
	if err != nil {
		n.s.unseen(Warn, "what "+i.node.Words+" is on cannot be seen: "+err.Error())
		return
	}
	for _, name := range names {
		port, ok := n.byName[name]
		if !ok {
			n.s.unseen(Warn, i.node.Words+" is on "+name+", which is not in "+classNet)
			continue
		}
		i.ports = append(i.ports, port)
		if i.has("bonding") || i.has("bridge") || i.name == ovsDatapath {
			n.master[name] = i
		}
	}
}

// lower is the interfaces that a bond, a bridge, a VLAN, a team, a macvlan or a
// switch has below itself: links "lower_eth0", since Linux 3.14. What bonds say
// themselves is asked for only without those: it waits for a lock of the network.
func (n *network) lower(i *netif) (names []string, err error) {
	for _, file := range i.files {
		if name, ok := strings.CutPrefix(file, "lower_"); ok {
			names = append(names, name)
		}
	}
	switch {
	case names != nil:
	case i.has("bonding"):
		var slaves string
		slaves, err = n.s.fsys.Attribute(i.home + "/bonding/slaves")
		names = strings.Fields(slaves)
	case i.has("bridge"):
		names, err = n.s.fsys.List(i.home + "/brif")
	}
	slices.Sort(names)
	return names, err
}

// settle finds out what an interface is on, after all that is below it. Any of
// its legs will do, but a bridge or bond that has none left is lost, though it
// keeps its address and its routes.
func (n *network) settle(i *netif) {
	if i.settled {
		return
	}
	i.settled = true // a ring ends where it began
	if hardware := n.hardware(i); hardware != nil {
		i.node.On = []*Node{hardware}
		return
	}
	ports := i.ports
	if len(ports) == 0 {
		ports = n.carriers(i)
	}
	i.node.On = n.legs(ports)
}

// legs are those ports that lead to some hardware: a bridge that has only ports
// of guests left has lost its network. One that is without a link, while another
// has one, will not carry what that one does.
func (n *network) legs(ports []*netif) (legs []*Node) {
	var down []*Node
	for _, port := range ports {
		n.settle(port)
		switch {
		case !carries(port.node):
		case len(ports) > 1 && n.down(port):
			down = append(down, port.node)
		default:
			legs = append(legs, port.node)
		}
	}
	if legs == nil {
		return down
	}
	for _, d := range down {
		legs = append(legs, &Node{Words: d.Words + " (no link)", Gone: true, On: d.On})
	}
	return legs
}

// down says whether an interface is surely without a link.
func (n *network) down(i *netif) bool {
	state, err := n.s.fsys.Attribute(i.home + "/operstate")
	return err == nil && (state == "down" || state == "lowerlayerdown")
}

// hardware is the PCI function that an interface is of, or a node of its own for
// hardware that is no PCI function; nil for a virtual interface and for a
// guest's.
func (n *network) hardware(i *netif) *Node {
	if f := n.s.function(i.device); f != nil {
		return f // a USB or virtio device is below one
	}
	if _, guest := i.guest(); guest || i.device == "" {
		return nil
	}
	return &Node{Words: path.Base(i.device)}
}

// carries says whether an interface leads to any hardware.
func carries(n *Node) bool { return len(n.On) > 0 }
