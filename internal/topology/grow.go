package topology

import "github.com/xenpci/xenpci/pkg/pci"

// Grow returns the tree of the devices, by domain number. devices must be all
// devices of the machine, in the order of their addresses, read with pci.WithParent
// and pci.WithBuses.
//
// A device is behind the bridge that is above it in sysfs, whatever its own bus
// number is: virtual functions may have higher bus numbers than their port. If sysfs
// has no bridge above it, the device is on the bus with its number: behind the
// bridge whose range contains that number, or else on a root bus.
//
// Every device has exactly one place, even if bridges contradict each other. (lspci
// 3.10 to 3.13 crashes if a bridge on a root bus is not configured or claims its own
// bus.)
func Grow(devices []pci.Device) []*Domain {
	g := newGrower(devices)
	g.findParents()
	g.breakRings()
	g.findBridges()
	g.place()
	return g.domains
}

// none stands for no function.
const none = -1

// grower refers to functions by their index in a slice.
type grower struct {
	functions []Function
	at        map[pci.Address]int
	parents   []int // in sysfs; none if there is no bridge above

	outer map[uint32][]int // the bridges of a domain without a parent
	inner map[int][]int    // the bridges directly behind a bridge

	owners  map[number]int // the bridges found by the range of their buses
	finding map[number]bool
	buses   map[number]*Bus // of functions without a parent
	domains []*Domain
}

// number is a bus number within a domain.
type number struct {
	domain uint32
	bus    uint8
}

func numberOf(d pci.Device) number { return number{d.Address.Domain, d.Address.Bus} }

func newGrower(devices []pci.Device) *grower {
	g := &grower{
		functions: make([]Function, len(devices)),
		at:        make(map[pci.Address]int, len(devices)),
		parents:   make([]int, len(devices)),
		outer:     map[uint32][]int{},
		inner:     map[int][]int{},
		owners:    map[number]int{},
		finding:   map[number]bool{},
		buses:     map[number]*Bus{},
	}
	for i, d := range devices {
		g.functions[i].Device = d
		g.at[d.Address] = i
	}
	return g
}

// place puts every function on its bus.
func (g *grower) place() {
	for i := range g.functions {
		f := &g.functions[i]
		if parent := g.parents[i]; parent != none {
			f.Bus = g.functions[parent].Buses[0]
		} else {
			f.Bus = g.bus(numberOf(f.Device))
		}
		f.Bus.Functions = append(f.Bus.Functions, f)
	}
}

// bus returns the bus with a number for functions without a parent. It creates the
// bus when it is first needed, so the buses of a bridge or domain are in order.
func (g *grower) bus(n number) *Bus {
	if b := g.buses[n]; b != nil {
		return b
	}
	b := &Bus{Domain: n.domain, Number: n.bus}
	switch owner := g.owner(n); {
	case owner == none:
		d := g.domain(n.domain)
		d.Buses = append(d.Buses, b)
	case g.functions[owner].Range.Secondary == n.bus:
		b = g.functions[owner].Buses[0]
	default:
		bridge := &g.functions[owner]
		b.Bridge = bridge
		bridge.Buses = append(bridge.Buses, b)
	}
	g.buses[n] = b
	return b
}

// domain returns the domain with a number. It relies on the devices of a domain
// being consecutive.
func (g *grower) domain(n uint32) *Domain {
	if last := len(g.domains) - 1; last >= 0 && g.domains[last].Number == n {
		return g.domains[last]
	}
	d := &Domain{Number: n}
	g.domains = append(g.domains, d)
	return d
}
