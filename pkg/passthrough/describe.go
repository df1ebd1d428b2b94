package passthrough

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Described is everything known of some devices.
type Described struct {
	Devices []Device `json:"devices"`
	Notes   []Remark `json:"notes,omitempty"`  // what could not be found out
	Errors  []*Error `json:"errors,omitempty"` // what of single devices could not be read

	GuestsUnknown bool `json:"guests_unknown,omitempty"` // it is not known which guests have devices

	// Refusals are why Hide would not take the devices, if it were given all of them
	// together: see View.Refusals.
	Refusals []*Error `json:"refusals,omitempty"`
}

// Err returns the errors joined; nil for none.
func (d Described) Err() error {
	var errs []error
	for _, err := range d.Errors {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Class returns ClassRefused where Hide would refuse a device, alone or together with the
// others, and else the class of the errors.
func (d Described) Class() Class {
	if len(d.Refusals) > 0 {
		return ClassRefused
	}
	return ClassOf(d.Err())
}

// ClassOfSome is the class of a description of the whole machine: ClassFailed if something
// could not be read, ClassRefused if none of the devices can be given to a guest, and
// ClassDone if one can.
func (d Described) ClassOfSome() Class {
	if class := ClassOf(d.Err()); class != ClassDone {
		return class
	}
	if slices.ContainsFunc(d.Devices, func(one Device) bool { return one.CanBeGiven }) {
		return ClassDone
	}
	return ClassRefused
}

// Refusals returns why Hide would not take these devices, if it were given all of them
// together: what two devices carry together is lost only then, and some can be taken only
// then. together is as in HideOptions. It changes nothing.
func (v *View) Refusals(ctx context.Context, devices []pci.Address, together [][]pci.Address) []*Error {
	moved, err := v.Hide(ctx, devices, HideOptions{DryRun: true, Together: together}, nil)
	return append(AsErrors(err), AsErrors(moved.Err())...)
}

// Describe returns everything known of these devices, what the guard would find if
// each were taken alone, and which guests could have it. If names is nil, the names
// are numbers. It changes nothing.
func (v *View) Describe(ctx context.Context, names *pci.Names, devices ...pci.Address) (Described, error) {
	return v.describe(ctx, names, devices, v.readAll)
}

// Check returns for each of these devices whether Hide would take it if it were given
// that one alone, what the guard found, and which guests could have it. It is Describe
// without what has to be read of each device itself: label, place, buses, regions,
// interrupt and reset methods. It changes nothing.
func (v *View) Check(ctx context.Context, names *pci.Names, devices ...pci.Address) (Described, error) {
	return v.describe(ctx, names, devices, func(engine.Status) ([]pci.Device, error) { return v.devicesAt(devices), nil })
}

func (v *View) describe(ctx context.Context, names *pci.Names, devices []pci.Address, read func(engine.Status) ([]pci.Device, error)) (Described, error) {
	described := Described{Devices: []Device{}}
	if len(devices) == 0 {
		return described, nil
	}
	status, err := v.engine(reporter{}).Judge(ctx, devices...)
	if err != nil {
		return described, asError(err)
	}
	v.trace(status.Module.Refused) // the verdicts have it too
	modules := v.modules()
	found, err := read(status)
	was := v.was(status.Devices)
	for _, d := range found {
		at, _ := slices.BinarySearchFunc(status.Devices, d.Address, func(s engine.DeviceStatus, at pci.Address) int { return s.Device.Compare(at) })
		fitness := v.fitness(status.Module, d.Address, status.Devices[at].Busy())
		if guest := status.Devices[at].Guest; guest != nil {
			fitness.hints = append(fitness.hints, fit.Held(d.Address, cmp.Or(guest.Name, strconv.Itoa(int(guest.ID)))))
		}
		one := newDevice(d, names, status.Devices[at], fitness)
		one.Was, one.KernelNames = was[d.Address], v.KernelNames(d.Address)
		if modules != nil && d.Modalias != "" {
			one.Modules = modules(d.Modalias)
		}
		described.Devices = append(described.Devices, one)
	}
	described.Notes, described.GuestsUnknown = newRemarks(status.Notes), status.GuestsUnknown
	described.Errors = AsErrors(errors.Join(err, statusErrors(status)))
	return described, nil
}

// modules returns the function that finds the modules of a modalias; nil where
// this kernel's are not known.
func (v *View) modules() func(modalias string) []string {
	kernel, err := kmod.Running(v.fs)
	if err != nil {
		return nil
	}
	aliases, _ := kernel.Aliases()
	if aliases == nil {
		return nil
	}
	return aliases.Modules
}

// everything is what can be read of a device even while its driver hangs.
const everything = pci.WithDriver | pci.WithParent | pci.WithLabel | pci.WithPlacement | pci.WithSlot | pci.WithDetails

// readAll reads the devices of a status, in order. Where a write may still wait
// in the kernel, the device itself is not asked: its configuration space cannot
// be read during a reset (pci_wait_cfg in drivers/pci/access.c).
func (v *View) readAll(status engine.Status) ([]pci.Device, error) {
	var idle, busy []pci.Address
	for _, d := range status.Devices {
		switch {
		case !d.Present:
		case !d.Busy():
			idle = append(idle, d.Device)
		default:
			busy = append(busy, d.Device)
		}
	}
	devices, err := pci.Read(v.host.root, idle, everything|pci.WithBuses)
	more, moreErr := pci.Read(v.host.root, busy, everything)
	devices = append(devices, more...)
	slices.SortFunc(devices, func(a, b pci.Device) int { return a.Address.Compare(b.Address) })
	return devices, errors.Join(err, moreErr)
}

// statusErrors joins why the status of some devices is not whole.
func statusErrors(status engine.Status) error {
	var errs []error
	for _, d := range status.Devices {
		switch {
		case d.Err != nil:
			errs = append(errs, &pci.DeviceError{Name: d.Device.String(), Err: d.Err})
		case !d.Present:
			errs = append(errs, &pciback.NoDeviceError{Device: d.Device})
		}
	}
	return errors.Join(errs...)
}
