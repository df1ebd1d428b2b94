package config

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

func sameSerial(d Device, p Present) bool {
	return d.Serial != "" && p.Serial == d.Serial && p.Address.Function == d.Address.Function
}

// sameMAC wants the same function too: some cards have one address for all, and
// of a hidden one it does not show.
func sameMAC(d Device, p Present) bool {
	return d.MAC != "" && p.MAC == d.MAC && p.Address.Function == d.Address.Function
}

func sameSlot(d Device, p Present) bool {
	return d.Slot != "" && p.PhysicalSlot == d.Slot && p.Address.Function == d.Address.Function
}

// contradicts says whether the device says of itself that it is another one.
func contradicts(d Device, p Present) bool {
	return differ(d.Serial, p.Serial) || differ(d.MAC, p.MAC)
}

// differ compares what may be unknown.
func differ(declared, now string) bool { return declared != "" && now != "" && declared != now }

func sameID(d Device, p Present) bool { return d.ID == nil || *d.ID == idOf(p) }

func idOf(p Present) ID { return ID{p.Vendor, p.Device.Device} }

func subsystemOf(p Present) ID {
	vendor, device, _ := p.Subsystem()
	return ID{vendor, device}
}

// fits says whether a device is of the declared kind, and does not contradict.
func fits(d Device, p Present) bool {
	return sameID(d, p) && !contradicts(d, p) &&
		(d.Subsystem == nil || *d.Subsystem == subsystemOf(p)) &&
		(d.Class == nil || d.ID != nil || *d.Class == p.Class)
}

// difference says, of a device that does not fit, what differs first.
func difference(d Device, p Present) string {
	switch {
	case !sameID(d, p):
		return fmt.Sprintf("it is %s, and %s is declared", idOf(p), d.ID)
	case differ(d.Serial, p.Serial):
		return fmt.Sprintf("its serial number is %s, and %s is declared", p.Serial, d.Serial)
	case differ(d.MAC, p.MAC):
		return fmt.Sprintf("its MAC address is %s, and %s is declared", p.MAC, d.MAC)
	case d.Subsystem != nil && *d.Subsystem != subsystemOf(p):
		return fmt.Sprintf("its subsystem is %s, and %s is declared", subsystemOf(p), d.Subsystem)
	case d.Class != nil && *d.Class != p.Class:
		return fmt.Sprintf("its class is %s, and %s is declared", classOf(p.Class), classOf(*d.Class))
	}
	return fmt.Sprintf("its place is %s, and %s is declared", p.Path, d.Path)
}

// notes say what differs in a device that was found in spite of it.
func notes(d Device, p Present) []string {
	var notes []string
	add := func(what string, declared, now any) {
		notes = append(notes, fmt.Sprintf("its %s is %s now, and was %s", what, now, declared))
	}
	if d.Subsystem != nil && *d.Subsystem != subsystemOf(p) {
		add("subsystem", d.Subsystem, subsystemOf(p))
	}
	if d.Class != nil && *d.Class != p.Class {
		add("class", classOf(*d.Class), classOf(p.Class))
	}
	if differ(d.Path, p.Path) {
		add("path", d.Path, p.Path)
	}
	if differ(d.Slot, p.PhysicalSlot) {
		add("slot", d.Slot, p.PhysicalSlot)
	}
	return notes
}

func classOf(c pci.Class) string { return fmt.Sprintf("%06x", uint32(c)) }
