package lspci

import (
	"slices"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// view is what a filter leaves of a tree.
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

// look says whether anything of these buses is seen. Behind a chosen bridge all
// is, also a bus without functions.
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

// someBuses are those of the buses that are seen; without a view, all.
func (v *view) someBuses(buses []*topology.Bus) []*topology.Bus {
	if v == nil {
		return buses
	}
	return slices.DeleteFunc(slices.Clone(buses), func(b *topology.Bus) bool { return !v.buses[b] })
}

// someFunctions are those of the functions that are seen; without a view, all.
func (v *view) someFunctions(functions []*topology.Function) []*topology.Function {
	if v == nil {
		return functions
	}
	return slices.DeleteFunc(slices.Clone(functions), func(f *topology.Function) bool { return !v.functions[f] })
}
