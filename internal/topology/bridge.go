package topology

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// findBridges finds the bridges and creates their secondary buses. A function is a
// bridge if it has a bridge's class and its configuration has bus numbers. A
// function with children in sysfs is a bridge too, even if its configuration cannot
// be read; its range is then the bus of its first child.
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

// owner returns the innermost bridge whose range contains a bus, or none. Of
// several bridges on one bus it returns the last, as lspci does: without parents all
// bridges seem to be on one bus, and inner bridges have higher addresses.
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

// outermost skips a bridge whose own bus number is n or behind it: it cannot lead
// to n.
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

// next returns the next inner bridge on the way to a bus, or none.
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

// holds reports whether a bus is in a bridge's range. A bridge that is not
// configured has no range, whereas lspci 3.10 and later assumes that bus 0 is
// behind it.
func (g *grower) holds(i int, bus uint8) bool {
	r := g.functions[i].Range
	return r.Secondary != 0 && r.Secondary <= bus && bus <= r.Subordinate
}
