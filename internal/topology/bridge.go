package topology

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// findBridges finds out what is a bridge, and makes its secondary bus. Bridges
// are those whose class says so and whose configuration has bus numbers; and
// then whatever has children in sysfs, though its configuration cannot be read:
// its range is the bus of the first child.
func (g *grower) findBridges() {
	for i := range g.functions {
		if d := &g.functions[i].Device; d.Class.Base() == pci.BaseBridge && d.Behind != nil {
			g.bridge(i, *d.Behind)
		}
	}
	for i, parent := range g.parents {
		if parent != none && g.functions[parent].Range == nil {
			bus := g.functions[i].Device.Address.Bus
			g.bridge(parent, pci.Buses{Secondary: bus, Subordinate: bus})
		}
	}
}

func (g *grower) bridge(i int, r pci.Buses) {
	f := &g.functions[i]
	f.Range = &r
	f.Buses = []*Bus{{Domain: f.Device.Address.Domain, Number: r.Secondary, Bridge: f}}
	if parent := g.parents[i]; parent != none {
		g.inner[parent] = append(g.inner[parent], i)
	} else {
		g.outer[f.Device.Address.Domain] = append(g.outer[f.Device.Address.Domain], i)
	}
}

// owner finds the innermost bridge whose range holds a bus, or none. Of several
// side by side the last one has it, as in lspci: without parents, all bridges
// are side by side, and those further in have the higher addresses.
func (g *grower) owner(n number) int {
	if owner, ok := g.owners[n]; ok {
		return owner
	}
	g.finding[n] = true
	owner := g.outermost(n)
	for at := owner; at != none; {
		owner = at
		at = g.next(at, n.bus)
	}
	delete(g.finding, n)
	g.owners[n] = owner
	return owner
}

// outermost passes over a bridge that sits, by its own bus number, on the bus in
// question or behind it: it cannot lead there.
func (g *grower) outermost(n number) int {
	for _, i := range slices.Backward(g.outer[n.domain]) {
		above := numberOf(g.functions[i].Device)
		if g.holds(i, n.bus) && !g.finding[above] {
			g.owner(above)
			return i
		}
	}
	return none
}

// next is the bridge one further in on the way to a bus, none at its end.
func (g *grower) next(i int, bus uint8) int {
	if g.functions[i].Range.Secondary == bus {
		return none
	}
	for _, inner := range slices.Backward(g.inner[i]) {
		if g.holds(inner, bus) {
			return inner
		}
	}
	return none
}

// holds says whether a bus is in a bridge's range. A bridge that is not set up
// has none, whereas lspci from 3.10 on takes bus 0 to be behind it.
func (g *grower) holds(i int, bus uint8) bool {
	r := g.functions[i].Range
	return r.Secondary != 0 && r.Secondary <= bus && bus <= r.Subordinate
}
