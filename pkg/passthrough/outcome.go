package passthrough

import (
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Outcome is what became of one device, or would become of it.
type Outcome struct {
	Device  pci.Address    `json:"device"`
	Verb    Verb           `json:"verb"`
	Outcome OutcomeKind    `json:"outcome"`
	From    *pciback.State `json:"from,omitempty"`   // before; absent after an error before it was read
	State   *pciback.State `json:"state,omitempty"`  // read back afterwards; absent where it was not moved
	Absent  bool           `json:"absent,omitempty"` // there is no such device: it is about pciback's slot
	Target  string         `json:"target"`           // the driver that it was to go to; "*" for any that matches, "" for none
	Steps   []Step         `json:"steps,omitempty"`  // of a dry run; a device that is already there may still be quarantined or released
	Error   *Error         `json:"error,omitempty"`

	Interrupt *Interrupt `json:"interrupt,omitempty"` // of Unhide in a PVH dom0; absent where Xen need not be told

	Findings []Finding `json:"findings,omitempty"` // the guard's, the worst first
	NoGuest  *Hint     `json:"no_guest,omitempty"` // of Hide: why no guest can have the device; absent where one can, and where that is not known
}

// Interrupt is the legacy interrupt of a device that was given back to a PVH dom0. Xen can connect
// it to dom0 when a driver has requested it.
type Interrupt struct {
	GSI       uint32 `json:"gsi"`       // the global system interrupt
	Connected bool   `json:"connected"` // Xen delivers it to dom0; otherwise Xen refused, or no driver has requested it yet: an event tells that of a device without MSI
	Arrived   uint64 `json:"arrived"`   // how many were counted within a second
}

// OutcomeKind is the kind of an outcome.
type OutcomeKind string

// The kinds of outcomes.
const (
	OutcomeDone    OutcomeKind = "done"
	OutcomeAlready OutcomeKind = "already" // it was there before
	OutcomePlanned OutcomeKind = "planned" // of a dry run
	OutcomeFailed  OutcomeKind = "failed"
)

// Moved is what became of the devices of a call.
type Moved struct {
	Devices     []Outcome     `json:"devices"`
	List        *ListChange   `json:"list,omitempty"`         // what was done for the next boots
	Try         *HostTry      `json:"try,omitempty"`          // of TryHide: the boot in which the devices are hidden
	NotDeclared []pci.Address `json:"not_declared,omitempty"` // devices that were to be taken off the list, and were not on it
}

// Class returns the class of what became of the devices.
func (m Moved) Class() Class { return classOf(m.Devices) }

// Err joins the errors of the devices; nil where there is none.
func (m Moved) Err() error {
	var errs []error
	for _, o := range m.Devices {
		if o.Error != nil {
			errs = append(errs, o.Error)
		}
	}
	return errors.Join(errs...)
}

func classOf(outcomes []Outcome) Class {
	class := ClassDone
	for _, o := range outcomes {
		if o.Error != nil {
			class = Worse(class, o.Error.Class())
		}
	}
	return class
}

// newOutcomes converts what the engine did.
func newOutcomes(verb Verb, results []engine.Result, dryRun bool) []Outcome {
	all := make([]Outcome, len(results))
	for i, r := range results {
		o := Outcome{Device: r.Device, Verb: verb, Outcome: OutcomeDone, State: r.State, Absent: r.Action.Absent, Target: r.Action.Target.Driver, Findings: newFindings(r.Findings)}
		if r.Interrupt != nil {
			o.Interrupt = &Interrupt{GSI: r.Interrupt.GSI, Connected: r.Interrupt.Connected, Arrived: r.Interrupt.Arrived}
		}
		if r.Action.Verb != "" {
			o.From = &r.Action.Origin
		}
		switch {
		case r.Err != nil:
			o.Outcome, o.Error = OutcomeFailed, asError(r.Err)
		case r.Already:
			o.Outcome = OutcomeAlready
		case dryRun:
			o.Outcome = OutcomePlanned
		}
		if dryRun && r.Err == nil {
			o.Steps = newSteps(r.Action.Steps(r.Store))
		}
		all[i] = o
	}
	return all
}

// planned removes from the outcomes of a dry run the step that is not taken on a machine that is
// known to have no IOMMU: Xen's quarantine.
func (v *View) planned(outcomes []Outcome) []Outcome {
	quarantines := func(s Step) bool { return s.Kind == StepQuarantine }
	for i := range outcomes {
		if slices.ContainsFunc(outcomes[i].Steps, quarantines) && v.iommu().Presence == IOMMUAbsent {
			outcomes[i].Steps = slices.DeleteFunc(outcomes[i].Steps, quarantines)
		}
	}
	return outcomes
}

// needed returns why dom0 needs a device, from the error that refused it; nil if it
// was refused for another reason.
func needed(err error) *plan.NeededError {
	var needed *plan.NeededError
	errors.As(err, &needed)
	return needed
}
