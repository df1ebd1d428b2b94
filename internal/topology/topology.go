package topology

import (
	"iter"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Domain is a PCI domain (segment), the root of a tree.
type Domain struct {
	Number uint32
	Buses  []*Bus // the root buses, at least one, by number
}

// Bus is a bus and the functions on it.
type Bus struct {
	Domain    uint32
	Number    uint8
	Functions []*Function // by address; may be empty behind a bridge
	Bridge    *Function   // the bridge that leads to the bus; nil for a root bus
}

// Function is a PCI function and its place in the tree.
type Function struct {
	Device pci.Device
	Bus    *Bus       // the bus it is on
	Buses  []*Bus     // the buses behind a bridge, the secondary bus first; nil for other functions
	Range  *pci.Buses // the bus numbers behind a bridge; nil for other functions
}

// All iterates over all functions of the domains, a bridge before the functions
// behind it.
func All(domains []*Domain) iter.Seq[*Function] {
	return func(yield func(*Function) bool) {
		for _, d := range domains {
			if !each(d.Buses, yield) {
				return
			}
		}
	}
}

func each(buses []*Bus, yield func(*Function) bool) bool {
	for _, b := range buses {
		for _, f := range b.Functions {
			if !yield(f) || !each(f.Buses, yield) {
				return false
			}
		}
	}
	return true
}
