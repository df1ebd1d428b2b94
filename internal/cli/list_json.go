package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
)

// listJSON prints one document with everything known of the devices that the
// filter chooses. What of them cannot be read is in the document's errors, and
// the exit status is 1. What an earlier run left is the caller's to end.
func (a *app) listJSON(ctx context.Context, filter pci.Filter, names *pci.Names) error {
	devices, broken := a.choose(filter, 0)
	if broken != nil && devices == nil {
		return broken
	}
	described, notes, err := a.describeAll(ctx, addressesOf(devices), names)
	broken = errors.Join(broken, err)
	return a.printDescriptions("list", described, notes, broken, statusOfList(broken))
}

// statusOfList is 1 whatever could not be read.
func statusOfList(broken error) int {
	if broken != nil {
		return StatusFailed
	}
	return StatusDone
}

// printDescriptions prints the document of list and show.
func (a *app) printDescriptions(verb string, described []description, notes []string, broken error, status int) error {
	doc := document{Verb: verb, Status: status, Result: described, Notes: notes, Errors: errorDocuments(broken)}
	if err := doc.print(a.Out); err != nil {
		return err
	}
	return printed(status)
}

// choose reads the devices that the filter lets through, in order. Devices is
// nil where there is no PCI bus; otherwise the error is about devices that
// cannot be read, and the others are returned.
func (a *app) choose(filter pci.Filter, parts pci.Parts) (devices []pci.Device, err error) {
	addresses, listErr := pci.List(a.root)
	if listErr != nil && addresses == nil {
		return nil, listErr
	}
	addresses = slices.DeleteFunc(addresses, func(at pci.Address) bool { return !filter.MatchAddress(at) })
	devices, readErr := pci.Read(a.root, addresses, parts)
	devices = slices.DeleteFunc(devices, func(d pci.Device) bool { return !filter.Match(d) })
	return devices, errors.Join(listErr, readErr)
}

func addressesOf(devices []pci.Device) []pci.Address {
	all := make([]pci.Address, len(devices))
	for i, d := range devices {
		all[i] = d.Address
	}
	return all
}

// describeAll reads everything of the devices, and what else is known of them.
// The notes say what could not be found out; the error joins one
// *pci.DeviceError for each device of which something cannot be read.
func (a *app) describeAll(ctx context.Context, chosen []pci.Address, names *pci.Names) ([]description, []string, error) {
	described := make([]description, 0, len(chosen))
	status, err := a.statusOf(ctx, chosen)
	if err != nil {
		return described, nil, err
	}
	modules := a.modules()
	devices, err := a.readAll(status)
	for _, d := range devices {
		at, _ := slices.BinarySearchFunc(status.Devices, d.Address, func(s engine.DeviceStatus, at pci.Address) int { return s.Device.Compare(at) })
		s := describe(d, names, status.Devices[at])
		if modules != nil && d.Modalias != "" {
			s.Modules = modules(d.Modalias)
		}
		described = append(described, s)
	}
	return described, status.Notes, errors.Join(err, unread(status))
}

// statusOf looks at these devices alone; of none there is nothing to be said.
func (a *app) statusOf(ctx context.Context, chosen []pci.Address) (engine.Status, error) {
	if len(chosen) == 0 {
		return engine.Status{}, nil
	}
	return a.engine().Status(ctx, chosen...)
}

// everything is what can be read of a device though its driver hangs.
const everything = pci.WithDriver | pci.WithParent | pci.WithLabel | pci.WithPlacement | pci.WithSlot | pci.WithDetails

// readAll reads the devices of a status, in order. Where a write may still wait
// in the kernel, the device itself is not asked: its configuration space cannot
// be read during a reset (pci_wait_cfg in drivers/pci/access.c).
func (a *app) readAll(status engine.Status) ([]pci.Device, error) {
	var idle, busy []pci.Address
	for _, d := range status.Devices {
		if d.Unfinished == "" {
			idle = append(idle, d.Device)
		} else {
			busy = append(busy, d.Device)
		}
	}
	devices, err := pci.Read(a.root, idle, everything|pci.WithBuses)
	more, moreErr := pci.Read(a.root, busy, everything)
	devices = append(devices, more...)
	slices.SortFunc(devices, func(a, b pci.Device) int { return a.Address.Compare(b.Address) })
	return devices, errors.Join(err, moreErr)
}

// unread is why the status of some devices is not whole.
func unread(status engine.Status) error {
	var errs []error
	for _, d := range status.Devices {
		if d.Err != nil {
			errs = append(errs, &pci.DeviceError{Name: d.Device.String(), Err: d.Err})
		}
	}
	return errors.Join(errs...)
}
