package plan

import (
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// UnhideOptions is how a device is to be given back.
type UnhideOptions struct {
	Driver string // the driver that is to have it; "" is the one that it came from
}

// InUseError reports that a running guest has the device.
type InUseError struct {
	Device pci.Address
	Guest  pciback.Guest
}

// Error names the device, the guest, and what to do.
func (e *InUseError) Error() string {
	return e.Device.String() + ": " + e.Reason() + "; " + e.Advice()
}

// Reason names the guest.
func (e *InUseError) Reason() string { return e.Guest.String() + " has it" }

// Advice returns how to take the device from the guest.
func (e *InUseError) Advice() string {
	return fmt.Sprintf("shut the guest down, or take the device from it with 'xl pci-detach %d %s'; a guest that has crashed is ended by 'xl destroy %d'", e.Guest.ID, e.Device, e.Guest.ID)
}

// ForUnhide returns what gives a device back to dom0, whichever tool hid it. The error is an *InUseError.
func ForUnhide(f Facts, o UnhideOptions) (Action, error) {
	if f.Guest != nil {
		return Action{}, &InUseError{Device: f.Device, Guest: *f.Guest}
	}
	if f.Absent {
		return Action{Verb: Unhide, Device: f.Device, Origin: f.State, Forget: f.Noted, Absent: true}, nil
	}
	a := Action{
		Verb:    Unhide,
		Device:  f.Device,
		Origin:  f.State,
		Target:  pciback.GivenBack(f.returnTo(o)),
		Release: true,
		Forget:  f.Noted,
	}
	// An override that names another driver than pciback belongs to another tool.
	if f.State.Override != pciback.Name {
		a.Target.Override = f.State.Override
	}
	if a.Moves() && a.Target.Driver != "" {
		a.Load = f.Modalias
		a.OrAny = o.Driver == "" && a.Target.Driver != a.Origin.Driver && a.Target.Driver != pciback.AnyDriver
	}
	return a, nil
}

// returnTo is the driver that is to have the device.
func (f Facts) returnTo(o UnhideOptions) string {
	switch {
	case o.Driver != "":
		return o.Driver
	case f.State.Driver != "" && !f.State.Hidden():
		return f.State.Driver
	case f.Came != "":
		return f.Came
	}
	return pciback.AnyDriver
}
