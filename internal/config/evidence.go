package config

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

func sameSerial(d Device, p Present) bool {
	return d.Serial != "" && p.Serial == d.Serial && p.Address.Function == d.Address.Function
}

// sameMAC requires the same function: some cards have one address for all their
// functions, and the address of a hidden function cannot be seen.
func sameMAC(d Device, p Present) bool {
	return d.MAC != "" && p.MAC == d.MAC && p.Address.Function == d.Address.Function
}

func sameSlot(d Device, p Present) bool {
	return d.Slot != "" && p.PhysicalSlot == d.Slot && p.Address.Function == d.Address.Function
}

// contradicts reports whether the device has another number or address than the
// declared one.
func contradicts(d Device, p Present) bool {
	return differ(d.Serial, p.Serial) || differ(d.MAC, p.MAC)
}

// differ reports whether two values differ that are both known.
func differ(declared, now string) bool { return declared != "" && now != "" && declared != now }

func sameID(d Device, p Present) bool { return d.ID == nil || *d.ID == p.ID() }

func subsystemOf(p Present) ID {
	vendor, device, _ := p.Subsystem()
	return ID{vendor, device}
}

// fits reports whether a device is of the declared kind, and nothing contradicts
// that it is the declared one.
func fits(d Device, p Present) bool {
	return sameID(d, p) && !contradicts(d, p) &&
		(d.Subsystem == nil || *d.Subsystem == subsystemOf(p)) &&
		(d.Class == nil || d.ID != nil || *d.Class == p.Class)
}

// Difference is one thing in which a device differs from its declaration.
type Difference struct {
	What          string // "serial number"
	Declared, Now string
}

// String returns the difference as a clause.
func (d Difference) String() string {
	return fmt.Sprintf("its %s is %s, and not %s as declared", d.What, d.Now, d.Declared)
}

// difference returns in what a device that does not fit differs first.
func difference(d Device, p Present) Difference {
	switch {
	case !sameID(d, p):
		return Difference{"ID", d.ID.text(), p.ID().String()}
	case differ(d.Serial, p.Serial):
		return Difference{"serial number", d.Serial, p.Serial}
	case differ(d.MAC, p.MAC):
		return Difference{"MAC address", d.MAC, p.MAC}
	}
	if all := differences(d, p); len(all) > 0 {
		return all[0]
	}
	return Difference{"path", d.Path, p.Path}
}

// differences returns everything in which a device differs that may differ in the
// same card: its place, and what firmware can change.
func differences(d Device, p Present) []Difference {
	var all []Difference
	if d.Subsystem != nil && *d.Subsystem != subsystemOf(p) {
		all = append(all, Difference{"subsystem", d.Subsystem.text(), subsystemOf(p).String()})
	}
	if d.Class != nil && *d.Class != p.Class {
		all = append(all, Difference{"class", classOf(*d.Class), classOf(p.Class)})
	}
	if differ(d.Path, p.Path) {
		all = append(all, Difference{"path", d.Path, p.Path})
	}
	if differ(d.Slot, p.PhysicalSlot) {
		all = append(all, Difference{"slot", d.Slot, p.PhysicalSlot})
	}
	return all
}

func classOf(c pci.Class) string { return fmt.Sprintf("%06x", uint32(c)) }
