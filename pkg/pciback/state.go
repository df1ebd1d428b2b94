package pciback

import (
	"context"
	"errors"
	"io/fs"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// AnyDriver is the State.Driver of a target for which any driver will do that the
// kernel finds.
const AnyDriver = "*"

// State says which driver a device has and which it is meant to have. The kernel keeps
// the three parts apart, so that all combinations occur.
type State struct {
	Driver   string    `json:"driver"`   // the last part of the driver link; "" for none
	Override string    `json:"override"` // driver_override; "" is none, or a kernel without it
	Slot     SlotState `json:"slot"`     // whether pciback's slots has the address
}

// Hidden reports whether pciback has the device.
func (s State) Hidden() bool { return s.Driver == Name }

// State reads the state of a device. The error is a *NoDeviceError if there is no such
// device.
func (d *Driver) State(ctx context.Context, a pci.Address) (State, error) {
	slots, err := d.Slots()
	if err != nil {
		return State{}, err
	}
	return d.StateIn(ctx, a, slots)
}

// StateIn is State for a caller that has read the slots already.
func (d *Driver) StateIn(ctx context.Context, a pci.Address, slots Slots) (State, error) {
	// The override is read first: the kernel shows it once no probe of the device is under way.
	// Until then a driver that will refuse the device may have its link.
	override, overrideErr := d.overrideOf(ctx, a)
	driver, err := pci.Driver(d.fs.Root(), a)
	if errors.Is(err, fs.ErrNotExist) {
		return State{Slot: slots.Of(a)}, &NoDeviceError{Device: a}
	}
	if err := errors.Join(err, overrideErr); err != nil {
		return State{}, err
	}
	return State{Driver: driver, Override: override, Slot: slots.Of(a)}, nil
}

func (d *Driver) overrideOf(ctx context.Context, a pci.Address) (string, error) {
	override, err := d.attrs.Read(ctx, overrideFile(a))
	if sysfs.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", attributeError(err)
	}
	return pci.ParseOverride(override), nil
}

func overrideFile(a pci.Address) string {
	return devicesDir + a.String() + "/driver_override"
}

// NoDeviceError reports an address at which the kernel has no device.
type NoDeviceError struct {
	Device pci.Address
}

// Error names the device and the missing file.
func (e *NoDeviceError) Error() string { return e.Device.String() + ": " + e.Reason() }

// Reason names the missing file.
func (e *NoDeviceError) Reason() string {
	return "no such device (" + devicesDir + e.Device.String() + " is not there)"
}

// Advice returns how to find the devices that are there.
func (e *NoDeviceError) Advice() string { return "'xenpci list' shows the devices" }

// Unwrap makes errors.Is(err, fs.ErrNotExist) hold.
func (e *NoDeviceError) Unwrap() error { return fs.ErrNotExist }
