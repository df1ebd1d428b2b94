package usage

import (
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Reads is what Scan wants to be read of each PCI function.
const Reads = pci.WithDriver | pci.WithParent | pci.WithFunctions | pci.WithReset | pci.WithRegions

// Scan looks at everything below root. devices are all PCI functions, read with
// Reads; name says what one is called, "Samsung NVMe SSD Controller 980", or
// nothing.
//
// There is no error: what cannot be read is a finding of its own.
func Scan(root string, devices []pci.Device, name func(pci.Device) string) *Graph {
	s := &scan{
		fsys:      sysfs.New(root),
		devices:   devices,
		functions: make(map[pci.Address]*Node),
		blocks:    make(map[string]*Node),
		nets:      make(map[string]*Node),
	}
	for _, d := range devices {
		s.functions[d.Address] = functionNode(d, name)
	}
	for _, d := range devices {
		// The nearest function above: a bridge, or the VMD controller whose root bus
		// it is on.
		if len(d.Above) == 0 {
			continue
		}
		if bridge, ok := s.functions[d.Above[len(d.Above)-1]]; ok {
			n := s.functions[d.Address]
			n.On = append(n.On, bridge)
		}
	}
	for _, part := range parts {
		part(s)
	}
	g := newGraph(s.needs, s.facts, s.blind)
	g.guests = s.guests
	return g
}

// parts are what Scan looks at, one file each.
var parts = [...]func(*scan){
	interfaces, // before all that asks for a way through the network
	addresses,
	defaultRoutes,
	sessions,
	blocks,
	mounts,        // after blocks
	importedPools, // after mounts
	swaps,         // after mounts
	guestDisks,
	openDisks, // after those that say what disks are for
	screens,
	consoles,
	keyboards,
	structure,
	hypervisor,
	guestKinds, // after hypervisor
	sharedPages,
}

func functionNode(d pci.Device, name func(pci.Device) string) *Node {
	a := d.Address
	n := &Node{Words: a.String(), Function: &a}
	if called := name(d); called != "" {
		n.Words += " (" + called + ")"
	}
	return n
}

// scan is a graph in the making.
type scan struct {
	fsys      sysfs.FS
	devices   []pci.Device
	functions map[pci.Address]*Node
	blocks    map[string]*Node // block devices by the kernel's name: "sda1", "dm-0", "nvme0n1"
	nets      map[string]*Node // network interfaces by name
	routing   *routing         // nil until somebody asks for a route
	points    []point          // where what is mounted
	servers   map[string]*Node // machines that disks and file systems are in
	pools     map[string]*Node // of ZFS, those that were asked for; nil for one that cannot be seen
	labelled  members          // the disks of ZFS
	iommu     iommu
	memory    map[pci.Address]memory // by whom the firmware keeps memory
	guests    map[pci.Address][]GuestKind

	needs []Need
	facts []Finding
	blind []Finding
}

// need notes that dom0 needs a node; words begin the sentence, "/ is".
func (s *scan) need(level Level, words string, on *Node) {
	s.needs = append(s.needs, Need{Words: words, Level: level, On: on})
}

// fact notes what is true of a function itself.
func (s *scan) fact(level Level, a pci.Address, text string) {
	s.facts = append(s.facts, Finding{Device: a, Level: level, Text: text})
}

// hint notes what is to be known before a guest gets a function.
func (s *scan) hint(a pci.Address, text string) {
	s.facts = append(s.facts, Finding{Device: a, Level: Warn, Text: text, Guest: true})
}

// hintAll notes what is to be known before a guest gets any function.
func (s *scan) hintAll(text string) {
	s.blind = append(s.blind, Finding{Level: Warn, Text: text, Guest: true})
}

// unseen notes what could not be looked at: nobody knows on which function it
// is.
func (s *scan) unseen(level Level, text string) {
	s.blind = append(s.blind, Finding{Level: level, Text: text})
}

// function is the PCI function behind a folder of sysfs, such as
// "/sys/devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0": the last
// address in its path. It is nil for a virtual device.
func (s *scan) function(path string) *Node {
	a, ok := lastAddress(path)
	if !ok {
		return nil
	}
	return s.functions[a]
}
