package passthrough

import (
	"context"

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
	DryRun       bool   // return what would be done, and do nothing

	// Together are devices of which all are hidden, or none if one of them is refused, such
	// as the functions of a slot.
	Together [][]pci.Address
}

// declaredNotHidden is what was done when hiding failed after declaring.
const declaredNotHidden = "declared, but not hidden now"

// Hide takes the devices from the drivers that have them and binds them to
// pciback, side by side. It loads pciback where that is a module, puts the
// devices into Xen's quarantine where there is an IOMMU, and notes in xenstore
// which driver each came from, as xl does. A device that dom0 needs is refused unless
// that is forced. A device that cannot be hidden is put back where it was; one
// that is hidden already is success.
//
// What became of each device is in its Outcome, also where it failed: see
// Moved.Err. The error is about the call as a whole, and then no device was
// touched.
func (v *View) Hide(ctx context.Context, devices []pci.Address, o HideOptions, report func(Event)) (Moved, error) {
	devices = once(devices)
	if err := checkName(o.Name, len(devices)); err != nil {
		return Moved{Devices: []Outcome{}}, err
	}
	r := newReporter(report)
	hidden, err := v.hideNow(ctx, devices, o, r)
	return Moved{Devices: hidden.unfit(v.planned(newOutcomes(VerbHide, hidden.results, o.DryRun)))}, wrapped(err)
}

// HideAtBoot declares the devices as Declare does, so that they are hidden at
// every boot, and hides them now as Hide does. Where declaring worked and hiding
// did not, the code of the error is CodeNotNow: that of a device in its Outcome,
// and that of the call as a whole in the error.
func (v *View) HideAtBoot(ctx context.Context, devices []pci.Address, o HideOptions, report func(Event)) (Moved, error) {
	r := newReporter(report)
	declared, err := v.declare(ctx, devices, DeclareOptions(o), r)
	moved := Moved{Devices: newOutcomes(VerbHide, declared.refused, o.DryRun)}
	if err != nil {
		return moved, notDeclared(err)
	}
	if len(declared.accepted) == 0 {
		return moved, nil
	}
	moved.List = &declared.change
	r.event(Event{Kind: EventList, List: moved.List})
	hidden, err := v.hideNow(ctx, declared.accepted, o, r)
	if !o.DryRun { // a dry run does nothing for the next boot
		for i := range hidden.results {
			hidden.results[i].Err = later(declaredNotHidden, hidden.results[i].Err)
		}
		err = later(declaredNotHidden, err)
	}
	if err != nil { // then hide has not reported what the guard found
		r.warn(refusals(declared.forced)...)
	}
	moved.Devices = append(moved.Devices, hidden.unfit(v.planned(newOutcomes(VerbHide, hidden.results, o.DryRun)))...)
	return moved, wrapped(err)
}

// notDeclared adds "not declared" to an error, unless the change could not be taken
// back: then the devices may be declared.
func notDeclared(err error) error {
	if asError(err).Code == CodeNotTakenBack {
		return asError(err)
	}
	return within("not declared", err)
}

// hiddenNow is what became of the devices of a hide.
type hiddenNow struct {
	results []engine.Result
	noGuest map[pci.Address]*Hint
}

// unfit adds to the outcomes why no guest can have the devices.
func (h hiddenNow) unfit(outcomes []Outcome) []Outcome {
	for i := range outcomes {
		outcomes[i].NoGuest = h.noGuest[outcomes[i].Device]
	}
	return outcomes
}

func (v *View) hideNow(ctx context.Context, devices []pci.Address, o HideOptions, r reporter) (hiddenNow, error) {
	how := plan.HideOptions{Name: o.Name, Quarantine: !o.NoQuarantine, Permissive: o.Permissive, Force: o.Force}
	if !o.DryRun {
		defer v.stale()
	}
	results, err := v.engine(r).Hide(ctx, devices, how, engine.Options{DryRun: o.DryRun, Together: o.Together, Ended: v.decided(VerbHide, r)})
	return hiddenNow{results, v.noGuest(results, r)}, v.traced(err)
}

// wrapped returns err as an *Error, and nil for nil.
func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return asError(err)
}
