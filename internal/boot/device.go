package boot

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Device is a declared device as the layers see it.
type Device struct {
	Address pci.Address // where it is; where it was declared to be, if it is not there
	Vendor  uint16      // 0 where nobody knows
	Device  uint16
	Drivers []Driver // whose module would take it, in the order in which modprobe loads them
}

// Driver is a native driver of a device, and from when on it may be there.
type Driver struct {
	Module  string // with '_' for '-', as /proc/modules has it
	Has     kmod.State
	InImage bool // the initramfs has it, or may have it: one that cannot be read
}

// Device finds out which drivers would take a device that is there.
func (h *Host) Device(d pci.Device) Device {
	device := Device{Address: d.Address, Vendor: d.Vendor, Device: d.Device}
	aliases, err := h.kernel.Aliases()
	if err != nil && aliases == nil {
		return device
	}
	for _, module := range aliases.Modules(d.Modalias) {
		// What the kernel does not have takes nothing.
		if has, err := h.kernel.Module(module); err == nil && has != kmod.Absent {
			device.Drivers = append(device.Drivers, Driver{Module: module, Has: has, InImage: h.Image.Module(module) || h.Image.unread()})
		}
	}
	return device
}

// modules are the drivers of that kind that the devices have, by name.
func modules(devices []Device, which func(Driver) bool) []string {
	var names []string
	for _, d := range devices {
		for _, driver := range d.Drivers {
			if which(driver) && !slices.Contains(names, driver.Module) {
				names = append(names, driver.Module)
			}
		}
	}
	slices.Sort(names)
	return names
}

func loadable(d Driver) bool { return d.Has == kmod.Loadable }
func inImage(d Driver) bool  { return d.Has == kmod.Loadable && d.InImage }
func builtIn(d Driver) bool  { return d.Has == kmod.BuiltIn }

// fits says that hide= is longer than the kernel takes: it would cut the list
// off within an address, and pciback would refuse it all.
func fits(devices []Device) error {
	if length := len(hideValue(devices)); length > pciback.MaxHide {
		return fmt.Errorf("hide= with %d devices would have %d bytes, and the kernel takes %d; the layers %s, %s and %s have no such limit",
			len(devices), length, pciback.MaxHide, Initramfs, Udev, Service)
	}
	return nil
}

// hideValue is the value of hide= for the devices. One that pciback cannot name is in
// no list that comes so far.
func hideValue(devices []Device) string {
	addresses := make([]pci.Address, len(devices))
	for i, d := range devices {
		addresses[i] = d.Address
	}
	hide, _ := pciback.HideOf(addresses...)
	return hide.String()
}
