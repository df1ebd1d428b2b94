package config

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Device is one declared device: one [[device]] table.
type Device struct {
	Address pci.Address // address: where it was when it was declared

	// What tells it from other devices; absent where it was not known.
	ID        *ID        // id
	Subsystem *ID        // subsystem
	Class     *pci.Class // class
	Path      string     // path: its place, independent of bus numbers; see Path
	Serial    string     // serial: its PCI Express serial number, as lspci writes it: "00-1b-21-ff-ff-aa-bb-cc"
	MAC       string     // mac: the permanent address of its network interface, "00:1b:21:aa:bb:cc"
	Slot      string     // slot: the label of its physical slot, as in /sys/bus/pci/slots

	Options
}

// Options are how a device is hidden, and a comment.
type Options struct {
	Name         string // name: the name by which xl is to know it
	Permissive   bool   // permissive: a guest may write all of its configuration space
	NoQuarantine bool   // quarantine = false: the device is not put into Xen's quarantine
	OnDrift      Drift  // on-drift: what the daemon does where the device is in dom0; "" is as in the settings
	Comment      string // comment
}

// ID is a vendor and a device, or those of the subsystem.
type ID struct {
	Vendor, Device uint16
}

// String returns the ID in hexadecimal: "8086:100e".
func (id ID) String() string { return fmt.Sprintf("%04x:%04x", id.Vendor, id.Device) }

// Declared is a device of the list, and its place there.
type Declared struct {
	Device
	File string // without the root
	Line int    // of its [[device]], from 1
}

// identified reports whether anything but the address is declared.
func (d Device) identified() bool {
	return d.ID != nil || d.Subsystem != nil || d.Class != nil || d.Path != "" || d.Serial != "" || d.MAC != "" || d.Slot != ""
}
