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
	Address pci.Address // where it is; where it was declared to be if it is not there
	Vendor  uint16      // 0 where it is not known
	Device  uint16
	Drivers []Driver // that would bind to it, in the order in which modprobe loads them

	NoOverride bool // the kernel has no driver_override for it (before Linux 3.16)
}

// Driver is a native driver of a device, and when it may be loaded.
type Driver struct {
	Module  string // with '_' for '-', as /proc/modules has it
	Has     kmod.State
	InImage bool // it is in the initramfs, or may be: one that cannot be read
}

// Device finds the drivers that would bind to a device that is there.
func (h *Host) Device(d pci.Device) Device {
	folder := "/sys/bus/pci/devices/" + d.Address.String()
	device := Device{
		Address: d.Address, Vendor: d.Vendor, Device: d.Device,
		NoOverride: h.FS.Exists(folder+"/uevent") && !h.FS.Exists(folder+"/driver_override"),
	}
	aliases, err := h.kernel.Aliases()
	if err != nil && aliases == nil {
		return device
	}
	for _, module := range aliases.Modules(d.Modalias) {
		// A module that the kernel does not have binds to nothing.
		if has, err := h.kernel.Module(module); err == nil && has != kmod.Absent {
			device.Drivers = append(device.Drivers, Driver{Module: module, Has: has, InImage: h.Image.Module(module) || h.Image.Unread()})
		}
	}
	return device
}

// overrides reports whether all devices have a driver_override, as far as is known.
func overrides(devices []Device) bool {
	return !slices.ContainsFunc(devices, func(d Device) bool { return d.NoOverride })
}

// modules returns the names of those drivers of the devices for which which returns
// true, sorted.
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

// fits returns an error if hide= is longer than the kernel accepts: it would cut
// the list within an address, and pciback would reject all of it.
func fits(devices []Device) error {
	if length := len(hideValue(devices)); length > pciback.MaxHide {
		return &fault{
			fmt.Sprintf("hide= would be %d bytes long with %d devices, and the kernel accepts %d", length, len(devices), pciback.MaxHide),
			fmt.Sprintf("use the layers %s, %s and %s, which have no such limit", Initramfs, Udev, Service),
		}
	}
	return nil
}

// hideValue returns the value of hide= for the devices. One that pciback cannot name
// is in no list of devices for the layers.
func hideValue(devices []Device) string {
	addresses := make([]pci.Address, len(devices))
	for i, d := range devices {
		addresses[i] = d.Address
	}
	hide, _ := pciback.HideOf(addresses...)
	return hide.String()
}
