package picture

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// entry is one line of the text and one box of the drawing: a function, or
// several virtual functions of one device that are all in the same state.
type entry struct {
	*topology.Function // the first of them
	Mark
	state   state
	members []*topology.Function // in order
}

// worthGathering is how many virtual functions become one entry.
const worthGathering = 3

// entries returns what is on a bus, in the order of addresses. A card can have
// 256 virtual functions, and they are told apart only where they differ.
//
// The virtual functions of two ports may take turns on the bus, so a run ends
// at a function of the same device that is in another state, not at others'.
func (m Machine) entries(bus *topology.Bus) []entry {
	var all []entry
	run := map[pci.Address]int{} // of a physical function: where its last run is
	for _, f := range bus.Functions {
		e := m.entry(f)
		if e.PhysFn != nil {
			if at, ok := run[*e.PhysFn]; ok && all[at].like(e) {
				all[at].members = append(all[at].members, f)
				continue
			}
			run[*e.PhysFn] = len(all)
		}
		all = append(all, e)
	}
	return m.scatter(all)
}

// below returns what is behind a bridge.
func (m Machine) below(e entry) []entry {
	var all []entry
	for _, bus := range e.Buses {
		all = append(all, m.entries(bus)...)
	}
	return all
}

func (m Machine) entry(f *topology.Function) entry {
	mark := m.Mark(f.Device.Address)
	return entry{Function: f, Mark: mark, state: stateOf(f.Device, mark), members: []*topology.Function{f}}
}

// like says whether both can be told in one line.
func (e entry) like(o entry) bool {
	a, b := e.Device, o.Device
	return e.Hidden == o.Hidden && e.Registered == o.Registered && e.Guest == o.Guest &&
		a.Driver == b.Driver && a.Vendor == b.Vendor && a.Device == b.Device && a.Class == b.Class &&
		len(e.Buses) == 0 && len(o.Buses) == 0
}

// scatter takes runs apart that are too short to be one.
func (m Machine) scatter(all []entry) []entry {
	var out []entry
	for _, e := range all {
		if len(e.members) >= worthGathering {
			out = append(out, e)
			continue
		}
		for _, f := range e.members {
			out = append(out, m.entry(f))
		}
	}
	slices.SortStableFunc(out, func(a, b entry) int { return a.Device.Address.Compare(b.Device.Address) })
	return out
}

// many says whether the entry is of several functions.
func (e entry) many() bool { return len(e.members) > 1 }

// address is the address, or the first and the last: "3b:02.0 to 3b:05.7".
func (e entry) address() string {
	first := e.Device.Address.Short()
	if !e.many() {
		return first
	}
	return first + " to " + e.members[len(e.members)-1].Device.Address.Short()
}

// family says of which device these are the virtual functions: "32 VFs of
// 3b:00.0", "VF of 3b:00.0", or nothing.
func (e entry) family() string {
	switch {
	case e.PhysFn == nil:
		return ""
	case e.many():
		return fmt.Sprintf("%d VFs of %s", len(e.members), e.PhysFn.Short())
	default:
		return "VF of " + e.PhysFn.Short()
	}
}
