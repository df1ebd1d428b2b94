package pciback

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/pkg/pci"
)

// hostDrivers are the drivers of USB 1 and 2 host controllers, also by the names that
// they had before Linux 2.6.37 and 3.12.
var hostDrivers = []string{"ehci-pci", "ehci_hcd", "uhci_hcd", "ohci-pci", "ohci_hcd"}

// Companions reports whether functions of these classes, if they are in one slot, share
// the ports of one USB controller: EHCI drives them at high speed, and UHCI or OHCI at
// the speeds of USB 1.
//
// The kernel's drivers of such functions reach into each other
// (for_each_companion in drivers/usb/core/hcd-pci.c). They take the driver data of a
// companion for their own, whichever driver set it, and pciback's is much smaller:
//
//   - EHCI's driver, when it binds or unbinds, writes behind the data of a UHCI or
//     OHCI function that pciback has;
//   - UHCI's and OHCI's, when they bind, keep a pointer behind the data of an EHCI
//     function that pciback has.
//
// That memory belongs to something else in dom0's kernel, which crashes at once or later.
func Companions(a, b pci.Class) bool {
	return a == pci.ClassEHCI && isUSB1(b) || isUSB1(a) && b == pci.ClassEHCI
}

func isUSB1(c pci.Class) bool { return c == pci.ClassUHCI || c == pci.ClassOHCI }

// Companions returns the companions of device a, in order; none if it is not a USB
// host controller that has some.
func (d *Driver) Companions(a pci.Address) []pci.Address {
	var found []pci.Address
	class := d.class(a)
	if class != pci.ClassEHCI && !isUSB1(class) {
		return nil
	}
	const functions = 8
	for function := range uint8(functions) {
		other := a
		other.Function = function
		if Companions(class, d.class(other)) {
			found = append(found, other)
		}
	}
	return found
}

// Halfway reports whether pciback has some of device a and its companions, and some have
// no driver: the module of a USB driver would take the latter when it is loaded.
func (d *Driver) Halfway(a pci.Address) bool {
	var held, free bool
	for _, companion := range d.Companions(a) {
		for _, one := range append(d.Companions(companion), companion) {
			switch driver, err := pci.Driver(d.fs.Root(), one); {
			case err != nil:
			case driver == Name:
				held = true
			case driver == "":
				free = true
			}
		}
	}
	return held && free
}

// EHCI reports whether device a is a USB 2 host controller.
func (d *Driver) EHCI(a pci.Address) bool { return d.class(a) == pci.ClassEHCI }

// InWay returns the companions of device a that pciback has and that must not be there
// while a goes from one state to another: dom0's kernel would corrupt its memory.
func (d *Driver) InWay(a pci.Address, from, to State) []pci.Address {
	var binds, unbinds bool
	for _, step := range Steps(a, from, to) {
		switch step.Op {
		case Unbind:
			unbinds = slices.Contains(hostDrivers, from.Driver)
		case Bind:
			binds = slices.Contains(hostDrivers, to.Driver)
		case Probe:
			binds = true
		}
	}
	if !binds && !(unbinds && d.EHCI(a)) {
		return nil
	}
	return slices.DeleteFunc(d.Companions(a), func(c pci.Address) bool {
		driver, err := pci.Driver(d.fs.Root(), c)
		return driver != Name && (err == nil || errors.Is(err, fs.ErrNotExist))
	})
}

// companionInWay returns a *CompanionError for the first of those that are in the way.
func (d *Driver) companionInWay(a pci.Address, from, to State) error {
	if companions := d.InWay(a, from, to); len(companions) > 0 {
		return &CompanionError{Device: a, Companion: companions[0]}
	}
	return nil
}

// class returns the class of a device; 0 if it cannot be read, as where there is none.
func (d *Driver) class(a pci.Address) pci.Class {
	text, err := d.fs.Attribute(devicesDir + a.String() + "/class")
	if err != nil {
		return 0
	}
	class, err := strconv.ParseUint(text, 0, 24)
	if err != nil {
		return 0
	}
	return pci.Class(class)
}

// CompanionError reports a USB host controller that must not be moved while pciback has
// its companion: dom0's kernel would corrupt its memory. Nothing was written.
type CompanionError struct {
	Device, Companion pci.Address
}

// Error names both devices, the reason and what can be done.
func (e *CompanionError) Error() string {
	return e.Device.String() + ": " + e.Reason() + "; " + e.Advice()
}

// Reason names the companion.
func (e *CompanionError) Reason() string {
	return fmt.Sprintf("pciback has its USB companion %s, and dom0's kernel corrupts its memory when the driver of one comes or goes without the other", e.Companion)
}

// Advice returns what brings all of them to one side.
func (e *CompanionError) Advice() string {
	return "'xenpci unhide " + e.Device.SlotString() + "' gives all functions of the slot back together"
}
