package lspci

import (
	"slices"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// view is the part of a tree that a filter selects.
type view struct {
	functions map[*topology.Function]bool
	buses     map[*topology.Bus]bool
}

func newView(domains []*topology.Domain, chosen func(pci.Device) bool) *view {
	v := &view{map[*topology.Function]bool{}, map[*topology.Bus]bool{}}
	for _, d := range domains {
		v.look(d.Buses, chosen, false)
	}
	return v
}

// look reports whether any part of these buses is shown. Behind a selected bridge
// everything is, including buses without functions.
func (v *view) look(buses []*topology.Bus, chosen func(pci.Device) bool, all bool) (any bool) {
	for _, b := range buses {
		seen := all
		for _, f := range b.Functions {
			wanted := all || chosen(f.Device)
			if v.look(f.Buses, chosen, wanted) || wanted {
				v.functions[f], seen = true, true
			}
		}
		if seen {
			v.buses[b], any = true, true
		}
	}
	return any
}

// someBuses returns the buses that are shown; all of them if there is no view.
func (v *view) someBuses(buses []*topology.Bus) []*topology.Bus {
	if v == nil {
		return buses
	}
	return slices.DeleteFunc(slices.Clone(buses), func(b *topology.Bus) bool { return !v.buses[b] })
}

// someFunctions returns the functions that are shown; all of them if there is no view.
func (v *view) someFunctions(functions []*topology.Function) []*topology.Function {
	if v == nil {
		return functions
	}
	return slices.DeleteFunc(slices.Clone(functions), func(f *topology.Function) bool { return !v.functions[f] })
}
