package passthrough

import (
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// HideOptions are how devices are hidden.
type HideOptions struct {
	Name         string // the name that xl is to know the device by; "" leaves the one it has
	Permissive   bool   // its guest may write all of its configuration space
	NoQuarantine bool   // leave Xen's quarantine out
	Force        bool   // hide also what dom0 needs
	Boot         bool   // declare the devices as well, so that they are hidden at every boot
	DryRun       bool   // return what would be done, and do nothing
}

// declaredNotHidden says what was done when hiding failed after declaring.
const declaredNotHidden = "declared, but not hidden now"

// Hide takes the devices from the drivers that have them and binds them to
// pciback, side by side. It loads pciback where that is a module, puts the
// devices into Xen's quarantine where there is an IOMMU, and notes in xenstore
// which driver each came from, as xl does. What dom0 lives on is refused unless
// that is forced. A device that cannot be hidden is put back where it was; one
// that is hidden already is success.
//
// With Boot the devices are declared first. Where that worked and hiding did
// not, the error's code is CodeNotNow.
//
// What became of each device is in its Outcome. The error is about all of them,
// and then none was touched.
func (v *View) Hide(ctx context.Context, devices []pci.Address, o HideOptions, report func(Event)) (Moved, error) {
	r := newReporter(report)
	if o.Boot {
		return v.hideAtBoot(ctx, devices, o, r)
	}
	results, err := v.hideNow(ctx, devices, o, r)
	return Moved{Devices: newOutcomes(VerbHide, results, o.DryRun)}, wrapped(err)
}

func (v *View) hideNow(ctx context.Context, devices []pci.Address, o HideOptions, r reporter) ([]engine.Result, error) {
	how := plan.HideOptions{Name: o.Name, Quarantine: !o.NoQuarantine, Permissive: o.Permissive, Force: o.Force}
	if !o.DryRun {
		defer v.stale()
	}
	return v.engine(r).Hide(ctx, devices, how, engine.Options{DryRun: o.DryRun})
}

// hideAtBoot declares the devices, and hides them now. What dom0 lives on is not
// declared either, unless it is forced, and what pciback can never hold is not
// declared at all.
func (v *View) hideAtBoot(ctx context.Context, devices []pci.Address, o HideOptions, r reporter) (Moved, error) {
	declared, err := v.declare(ctx, devices, DeclareOptions{o.Name, o.Permissive, o.NoQuarantine, o.Force, o.DryRun}, r)
	moved := Moved{Devices: newOutcomes(VerbHide, declared.refused, o.DryRun)}
	if err != nil {
		moved.Error = asError(within("not declared", err))
		return moved, nil
	}
	devices = slices.DeleteFunc(slices.Clone(devices), func(d pci.Address) bool {
		return slices.ContainsFunc(declared.refused, func(r engine.Result) bool { return r.Device == d })
	})
	if len(devices) == 0 {
		return moved, nil
	}
	moved.Boot = &declared.change
	r.event(Event{Kind: EventList, List: moved.Boot})
	results, err := v.hideNow(ctx, devices, o, r)
	if !o.DryRun { // a dry run does nothing for the next boot
		for i := range results {
			results[i].Err = later(declaredNotHidden, results[i].Err)
		}
		err = later(declaredNotHidden, err)
	}
	if err != nil { // then hide has not said what the guard found
		r.warn(refusals(declared.forced)...)
		moved.Error = asError(err)
	}
	moved.Devices = append(moved.Devices, newOutcomes(VerbHide, results, o.DryRun)...)
	return moved, nil
}

// wrapped returns err as an *Error, and nil for nil.
func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return asError(err)
}
