package passthrough

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// ApplyOptions are how the declared list is applied.
type ApplyOptions struct {
	DryRun bool // return what would be done, and do nothing

	// NotInRecovery has a recovery boot ("single", "recovery", "emergency" and the
	// like on the kernel's command line) hide nothing; the error's code is
	// CodeRecoveryBoot then.
	NotInRecovery bool
}

// Applied is what became of the declared list.
type Applied struct {
	Declared []Declaration `json:"declared"`
	Problems []Remark      `json:"problems,omitempty"` // parts of the list that cannot be read
	Devices  []Outcome     `json:"devices"`

	list Class
}

// Class returns the class of the whole. A device that was not found weighs in,
// since a guest will miss it.
func (a Applied) Class() Class { return Worse(classOf(a.Devices), a.list) }

// Apply hides every declared device that is in dom0, as it is declared, and gives
// back another card that a boot layer hid at a declared address. What dom0 lives
// on is refused. Where pciback cannot be loaded, devices that an override
// reserves for it go back to their drivers.
func (v *View) Apply(ctx context.Context, o ApplyOptions, report func(Event)) (Applied, error) {
	r := newReporter(report)
	if word, found := boot.Recovery(v.fs); found && o.NotInRecovery {
		return Applied{list: ClassDone}, inRecovery(word)
	}
	d, err := v.declared()
	if err != nil {
		return Applied{}, wrapped(err)
	}
	r.warn(d.unreadDevices()...)
	r.warn(d.remarks()...)
	results, err := v.apply(ctx, d, o.DryRun, r)
	return Applied{newDeclarations(d.findings), problems(d.list), newOutcomesOf(results, o.DryRun), d.class()}, wrapped(err)
}

// inRecovery is the error that nothing is hidden in a boot with that word on the
// kernel's command line.
func inRecovery(word string) *Error {
	return &Error{Code: CodeRecoveryBoot, Reason: "this is a recovery boot (" + word + " is on the kernel's command line), which hides nothing by itself",
		Advice: "boot the normal entry, or 'xenpci apply' hides the devices now"}
}

// newOutcomesOf is newOutcomes for results of both verbs.
func newOutcomesOf(results []engine.Result, dryRun bool) []Outcome {
	all := []Outcome{}
	for _, r := range results {
		verb := VerbHide
		if r.Action.Verb == plan.Unhide {
			verb = VerbUnhide
		}
		all = append(all, newOutcomes(verb, []engine.Result{r}, dryRun)...)
	}
	return all
}

func (v *View) apply(ctx context.Context, d declared, dryRun bool, r reporter) ([]engine.Result, error) {
	e := v.engine(r)
	how := engine.Options{DryRun: dryRun}
	back, err := v.giveBackStrangers(ctx, e, d, how)
	if err != nil {
		return nil, err
	}
	if !dryRun {
		v.stale()
		defer v.stale()
	}
	wanted := map[pci.Address]plan.HideOptions{}
	for _, f := range d.findings {
		if f.Found() {
			wanted[f.Now] = plan.HideOptions{Name: f.Name, Permissive: f.Permissive, Quarantine: !f.NoQuarantine}
		}
	}
	if len(wanted) == 0 {
		return back, nil
	}
	results, err := e.HideEach(ctx, d.found(), wanted, how)
	if broken := (*pciback.ModuleError)(nil); errors.As(err, &broken) && !dryRun {
		return nil, errors.Join(err, v.giveBackReserved(ctx, e, d))
	}
	return append(back, results...), err
}

// giveBackStrangers gives dom0 another card that stands at a declared address,
// and was taken by a layer that knows only addresses.
func (v *View) giveBackStrangers(ctx context.Context, e *engine.Engine, d declared, how engine.Options) ([]engine.Result, error) {
	var at []pci.Address
	for _, f := range d.findings {
		stranger := f.Now
		if f.Outcome == config.Moved { // another card may stand where it was
			stranger = f.Address
		}
		if (f.Outcome == config.Moved || f.Outcome == config.Another) && !slices.Contains(d.found(), stranger) {
			at = append(at, stranger)
		}
	}
	taken, err := v.held(ctx, e, at, func(s engine.DeviceStatus) bool {
		return s.State.Hidden() && s.WantedBy != "" && s.Guest == nil
	})
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	return e.Unhide(ctx, taken, plan.UnhideOptions{}, how)
}

// giveBackReserved gives their drivers what an override reserves for a pciback
// that is not there.
func (v *View) giveBackReserved(ctx context.Context, e *engine.Engine, d declared) error {
	reserved, err := v.held(ctx, e, d.found(), func(s engine.DeviceStatus) bool {
		return s.State.Driver == "" && s.State.Override == pciback.Name
	})
	if err != nil || len(reserved) == 0 {
		return err
	}
	results, err := e.Unhide(ctx, reserved, plan.UnhideOptions{}, engine.Options{})
	for _, r := range results {
		err = errors.Join(err, r.Err)
	}
	return err
}
