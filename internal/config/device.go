package config

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Device is one declared device: one [[device]] table.
type Device struct {
	Address pci.Address // address: where it was when it was declared

	// What tells it from others; absent where it was not known.
	ID        *ID        // id
	Subsystem *ID        // subsystem
	Class     *pci.Class // class
	Path      string     // path: its place, whatever the bus numbers are; see Path
	Serial    string     // serial: its PCI Express serial number, as lspci writes it: "00-1b-21-ff-ff-aa-bb-cc"
	MAC       string     // mac: the permanent address of its network interface, "00:1b:21:aa:bb:cc"
	Slot      string     // slot: the label of its physical slot, a name in /sys/bus/pci/slots

	Options
}

// Options are how a device is hidden, and what is said of it.
type Options struct {
	Name         string // name: the one that xl is to know it by
	Permissive   bool   // permissive: a guest may write all of its configuration space
	NoQuarantine bool   // quarantine = false: Xen's quarantine is left out
	Comment      string // comment
}

// ID is two numbers of four hexadecimal digits: vendor and device, or those of
// the subsystem.
type ID struct {
	Vendor, Device uint16
}

// String gives "8086:100e".
func (id ID) String() string { return fmt.Sprintf("%04x:%04x", id.Vendor, id.Device) }

// Declared is a device of the list and where it stands there.
type Declared struct {
	Device
	File string // without the root
	Line int    // of its [[device]], from 1
}

// identified says whether anything but the address is declared.
func (d Device) identified() bool {
	return d.ID != nil || d.Subsystem != nil || d.Class != nil || d.Path != "" || d.Serial != "" || d.MAC != "" || d.Slot != ""
}
