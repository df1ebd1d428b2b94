package topology

import (
	"iter"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Domain is a PCI domain, or segment: the root of a tree.
type Domain struct {
	Number uint32
	Buses  []*Bus // its root buses, at least one, in the order of their numbers
}

// Bus is one bus and what sits on it.
type Bus struct {
	Domain    uint32
	Number    uint8
	Functions []*Function // in the order of their addresses; none behind a bridge that has nothing below
	Bridge    *Function   // the bridge that leads to it; nil for a root bus
}

// Function is one PCI function in its place.
type Function struct {
	Device pci.Device
	Bus    *Bus       // where it sits
	Buses  []*Bus     // what is behind a bridge, the secondary bus first; nil for all others
	Range  *pci.Buses // the numbers of the buses behind a bridge; nil for all others
}

// All goes over every function below these domains, a bridge before what is
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
