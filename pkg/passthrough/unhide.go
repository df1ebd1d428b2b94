package passthrough

import (
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// UnhideOptions are how devices are given back.
type UnhideOptions struct {
	Driver string // the driver that is to have them; "" is the one that each came from
	DryRun bool   // return what would be done, and do nothing
}

// Unhide gives devices back to dom0, whichever way they were hidden: it takes
// them out of Xen's quarantine, removes their slot and their override, and
// returns each to the driver that it came from or, where that was not noted, to
// the driver that matches. A device that a running guest has is left alone.
//
// What became of each device is in its Outcome, also where it failed: see
// Moved.Err. The error is about the call as a whole, and then no device was
// touched.
func (v *View) Unhide(ctx context.Context, devices []pci.Address, o UnhideOptions, report func(Event)) (Moved, error) {
	if err := o.check(); err != nil {
		return Moved{Devices: []Outcome{}}, err
	}
	r := newReporter(report)
	results, err := v.unhideNow(ctx, once(devices), o, r)
	return Moved{Devices: newOutcomes(VerbUnhide, results, o.DryRun)}, wrapped(err)
}

func (v *View) unhideNow(ctx context.Context, devices []pci.Address, o UnhideOptions, r reporter) ([]engine.Result, error) {
	if err := v.checkDriver(o.Driver, devices); err != nil {
		return nil, err
	}
	if !o.DryRun {
		defer v.stale()
	}
	return v.engine(r).Unhide(ctx, devices, plan.UnhideOptions{Driver: o.Driver}, engine.Options{DryRun: o.DryRun, Ended: v.decided(VerbUnhide, r)})
}

// notGivenBack is what was done when giving back failed after the devices
// were taken off the list.
const notGivenBack = "no longer declared, but not given back now"

// UnhideAtBoot takes the devices that the IDs name off the list, has the enabled
// boot layers follow, and gives back now those that are there. A declared device
// that is not there can be named by the address that it was declared with.
//
// The list comes first: if giving back hangs, the next boot does not hide the
// device again. Where that worked and giving back did not, the code of the error
// is CodeNotNow: that of a device in its Outcome, and that of the call as a whole
// in the error.
func (v *View) UnhideAtBoot(ctx context.Context, ids []string, o UnhideOptions, report func(Event)) (Moved, error) {
	moved := Moved{Devices: []Outcome{}}
	if err := o.check(); err != nil {
		return moved, err
	}
	r := newReporter(report)
	w, err := v.withdraw(ctx, ids, o.DryRun, r)
	if err != nil {
		return moved, wrapped(err)
	}
	if !w.change.nothing() {
		moved.List = &w.change
		r.event(Event{Kind: EventList, List: moved.List})
	}
	for _, device := range w.devices {
		if !isListed(w.listed, device) {
			moved.NotDeclared = append(moved.NotDeclared, device)
		}
	}
	var results []engine.Result
	if len(w.devices) > 0 {
		results, err = v.unhideNow(ctx, w.devices, o, r)
	}
	if !o.DryRun {
		for i, result := range results {
			if isListed(w.listed, result.Device) {
				results[i].Err = later(notGivenBack, result.Err)
			}
		}
		if len(w.listed) > 0 {
			err = later(notGivenBack, err)
		}
	}
	moved.Devices = newOutcomes(VerbUnhide, results, o.DryRun)
	return moved, wrapped(err)
}

// isListed reports whether one of the findings is about a device that is there.
func isListed(listed []config.Finding, device pci.Address) bool {
	return slices.ContainsFunc(listed, func(f config.Finding) bool { return means(f, device) || !f.Found() && f.Address == device })
}
