package picture

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// entry is a line of the text or a box of the drawing: a function, or several virtual
// functions of one device that are all in the same state.
type entry struct {
	*topology.Function // the first of them
	Mark
	state   state
	members []*topology.Function // in order
}

// worthGathering is the minimum number of virtual functions that become one entry.
const worthGathering = 3

// entries returns the entries of a bus, by address. A card can have 256 virtual functions,
// which are shown separately only if they differ.
//
// The addresses of two ports' virtual functions may alternate, so a run of one port ends
// only at a function of the same port that is in another state.
func (m Machine) entries(bus *topology.Bus) []entry {
	var all []entry
	run := map[pci.Address]int{} // for each physical function, the index of its last run
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

// below returns the entries behind a bridge.
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

// like reports whether both can be shown as one entry.
func (e entry) like(o entry) bool {
	a, b := e.Device, o.Device
	return e.Hidden == o.Hidden && e.Registered == o.Registered && e.Guest == o.Guest &&
		a.Driver == b.Driver && a.Vendor == b.Vendor && a.Device == b.Device && a.Class == b.Class &&
		len(e.Buses) == 0 && len(o.Buses) == 0
}

// scatter splits runs that are too short to be gathered.
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

// many reports whether the entry has several functions.
func (e entry) many() bool { return len(e.members) > 1 }

// address returns the address, or the first and the last: "3b:02.0 to 3b:05.7".
func (e entry) address() string {
	first := e.Device.Address.Short()
	if !e.many() {
		return first
	}
	return first + " to " + e.members[len(e.members)-1].Device.Address.Short()
}

// family returns the device whose virtual functions these are: "32 VFs of 3b:00.0", "VF of
// 3b:00.0", or "".
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
