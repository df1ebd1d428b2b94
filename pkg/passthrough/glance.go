package passthrough

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Glance is what shows at little cost whether a machine has changed: its devices, the
// driver of each, and pciback's slots. It does not show what guests have.
type Glance struct {
	drivers []deviceDriver
	slots   pciback.Slots
	err     string // why it may be incomplete
}

type deviceDriver struct {
	device pci.Address
	driver string
}

// Glance reads them: a folder, one link a device, and one attribute.
func (h *Host) Glance() Glance {
	addresses, err := pci.List(h.root)
	if err != nil {
		return Glance{err: err.Error()}
	}
	g := Glance{drivers: make([]deviceDriver, len(addresses))}
	for i, a := range addresses {
		// One that goes meanwhile has no driver, and is not there at the next glance.
		driver, _ := pci.Driver(h.root, a)
		g.drivers[i] = deviceDriver{a, driver}
	}
	if g.slots, err = pciback.New(h.root).Slots(); err != nil {
		g.err = err.Error()
	}
	return g
}

// Equal reports whether two glances show the same.
func (g Glance) Equal(other Glance) bool {
	return g.err == other.err && slices.Equal(g.drivers, other.drivers) &&
		slices.Equal(g.slots.Addresses, other.slots.Addresses) && g.slots.Cut == other.slots.Cut
}
