package graph

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Kind is what a node is, for programs: letters, digits and '_'.
type Kind string

// The kinds of nodes.
const (
	Function Kind = "function" // of a PCI device

	Disk       Kind = "disk"        // a whole disk, of whatever bus
	Partition  Kind = "partition"   // of a disk, or of a volume
	Volume     Kind = "volume"      // of the device mapper: LVM and others
	LUKS       Kind = "luks_volume" // an opened LUKS container
	Encrypted  Kind = "encrypted_volume"
	Multipath  Kind = "multipath" // one disk by several paths
	Array      Kind = "array"     // of md
	Loop       Kind = "loop"      // a loop device
	Loops      Kind = "loops"     // several loop devices with their files on one file system
	File       Kind = "file"      // in which something keeps its bytes
	Overlay    Kind = "overlay"   // a file system on directories of others
	Btrfs      Kind = "btrfs"     // a file system of several devices
	Several    Kind = "several"   // another file system of several devices
	Pool       Kind = "zfs_pool"
	Controller Kind = "controller" // of NVMe, as a path to a disk

	NFSServer   Kind = "nfs_server" // another machine, by its address
	FileServer  Kind = "file_server"
	NBDServer   Kind = "nbd_server"
	NVMeTarget  Kind = "nvme_target"
	ISCSITarget Kind = "iscsi_target"

	Interface Kind = "interface" // of the network
	Bridge    Kind = "bridge"
	VLAN      Kind = "vlan"
	Switch    Kind = "switch"   // of Open vSwitch
	Hardware  Kind = "hardware" // of another bus than PCI

	Framebuffer  Kind = "framebuffer"
	VGAText      Kind = "vga_text"
	Connector    Kind = "connector"    // of a graphics card
	Input        Kind = "input"        // a keyboard
	Alternatives Kind = "alternatives" // several things of which one is enough
)

// words returns what comes before the name of a node in a sentence; "" for nothing.
// It is no map: that would be made before main.
func (k Kind) words() string {
	switch k {
	case LUKS:
		return "the LUKS volume"
	case Encrypted:
		return "the encrypted volume"
	case Multipath:
		return "the multipath disk"
	case File:
		return "the file"
	case Overlay:
		return "an overlay"
	case Btrfs:
		return "btrfs"
	case Several:
		return "a file system of several disks"
	case Pool:
		return "the ZFS pool"
	case NFSServer:
		return "the NFS server"
	case FileServer:
		return "the file server"
	case NBDServer:
		return "the NBD server"
	case NVMeTarget:
		return "the NVMe target"
	case ISCSITarget:
		return "the iSCSI target"
	case Bridge:
		return "bridge"
	case VLAN:
		return "VLAN"
	case Switch:
		return "Open vSwitch"
	case VGAText:
		return "VGA text"
	}
	return ""
}

// Node is something that other things depend on: a disk, a volume, a bridge, a
// PCI function.
type Node struct {
	Kind     Kind
	Name     string       // "sda", "vg0-root", "xenbr0", "0000:01:00.0"; printable; empty where there is one such thing only
	Note     string       // stands in brackets behind the name: the model of a device, "no link"
	Function *pci.Address // the address of a PCI function; nil for all other kinds
	Gone     bool         // something still refers to it, but it is no longer there or has no link

	On    []*Node // what it depends on; empty for a function on a root bus, or a file system in memory
	Least int     // how many of On must remain for it to work; 0: all of them
}

// String returns what the node is called in a sentence: "sda", "the LUKS volume
// home", "0000:01:00.0 (Samsung SSD 980)".
func (n *Node) String() string { return n.link().String() }

// On returns a list of one node, or of none for nil.
func On(n *Node) []*Node {
	if n == nil {
		return nil
	}
	return []*Node{n}
}

// Reaches reports whether the node depends on another one, or is it.
func (n *Node) Reaches(other *Node) bool { return n.reaches(other, make(map[*Node]bool)) }

func (n *Node) reaches(other *Node, seen map[*Node]bool) bool {
	if n == other {
		return true
	}
	if seen[n] {
		return false
	}
	seen[n] = true
	for _, below := range n.On {
		if below.reaches(other, seen) {
			return true
		}
	}
	return false
}

// Functions returns the first PCI functions on each way down from the node.
func (n *Node) Functions() []*Node { return n.functions(make(map[*Node]bool)) }

func (n *Node) functions(seen map[*Node]bool) (functions []*Node) {
	if seen[n] {
		return nil
	}
	seen[n] = true
	if n.Function != nil {
		return []*Node{n}
	}
	for _, below := range n.On {
		functions = append(functions, below.functions(seen)...)
	}
	return functions
}

// eachFunction calls found for the PCI functions that the node depends on, also those that
// others of them are behind. Two nodes may be of one function.
func (n *Node) eachFunction(seen map[*Node]bool, found func(pci.Address)) {
	if seen[n] {
		return
	}
	seen[n] = true
	if n.Function != nil {
		found(*n.Function)
	}
	for _, below := range n.On {
		below.eachFunction(seen, found)
	}
}

// tolerates is how many of the things that it depends on a node can lose.
func (n *Node) tolerates() int {
	if n.Least == 0 {
		return 0
	}
	return max(0, len(n.On)-n.Least)
}

// Link is one step of a chain, from what needs a device down to the device.
type Link struct {
	Kind   Kind
	Name   string       // as in Node
	Note   string       // as in Node
	Device *pci.Address // of a PCI function
	Behind bool         // the function before it in the chain is behind this one: a bridge, or a physical function
}

// String returns what the link is called in a sentence.
func (l Link) String() string {
	text := strings.TrimSpace(l.Kind.words() + " " + l.Name)
	if l.Note != "" {
		text += " (" + l.Note + ")"
	}
	return text
}

func (n *Node) link() Link {
	return Link{Kind: n.Kind, Name: n.Name, Note: n.Note, Device: n.Function}
}
