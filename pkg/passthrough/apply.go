package passthrough

import (
	"context"
	"errors"
	"slices"
	"sync"

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

	// Only, unless it is nil, are those of the declared devices that are hidden, by the
	// addresses that they have now. Of these, one that somebody gives back before the
	// call has its turn is left alone; its error is CodeGivenBack.
	Only []pci.Address
}

// Applied is what became of the declared list.
type Applied struct {
	Declared []Declaration `json:"declared"`
	Problems []Remark      `json:"problems,omitempty"` // parts of the list that cannot be read
	Devices  []Outcome     `json:"devices"`
}

// Class returns the class of the whole. A device that was not found makes it
// ClassNoDevice, since a guest will miss it.
func (a Applied) Class() Class {
	class := classOf(a.Devices)
	if len(a.Problems) > 0 {
		class = Worse(class, ClassFailed)
	}
	for _, d := range a.Declared {
		switch {
		case d.Place.Found():
		case d.Place == PlaceAbsent:
			class = Worse(class, ClassNoDevice)
		default:
			class = Worse(class, ClassFailed)
		}
	}
	return class
}

// Apply hides every declared device that is in dom0, as it is declared, and gives
// back another card that a boot layer hid at a declared address. A device that dom0
// needs is refused. Where pciback cannot be loaded, devices that an override
// reserves for it go back to their drivers. What was done before an error is in the
// result beside it.
func (v *View) Apply(ctx context.Context, o ApplyOptions, report func(Event)) (Applied, error) {
	r := newReporter(report)
	if word, found := boot.Recovery(v.fs); found && o.NotInRecovery {
		return Applied{Devices: []Outcome{}}, inRecovery(word)
	}
	d, err := v.declared()
	if err != nil {
		return Applied{}, wrapped(err)
	}
	r.warn(d.unreadDevices()...)
	r.warn(d.remarks()...)
	outcomes, err := v.apply(ctx, d, o, r)
	return Applied{newDeclarations(d.findings), problems(d.list), outcomes}, wrapped(err)
}

// inRecovery is the error that nothing is hidden in a boot with that word on the
// kernel's command line.
func inRecovery(word string) *Error {
	return &Error{Code: CodeRecoveryBoot, Reason: "this is a recovery boot (" + word + " is on the kernel's command line), which hides nothing by itself",
		Advice: "boot the normal entry, or 'xenpci apply' hides the devices now"}
}

func (v *View) apply(ctx context.Context, d declared, o ApplyOptions, r reporter) ([]Outcome, error) {
	e := v.engine(r)
	how := engine.Options{DryRun: o.DryRun}
	if !o.DryRun {
		defer v.stale()
	}
	back, strangersErr := v.giveBackStrangers(ctx, e, d, how)
	outcomes := newOutcomes(VerbUnhide, back, o.DryRun)
	if busy := (*engine.LockError)(nil); errors.As(strangersErr, &busy) || ctx.Err() != nil {
		return outcomes, strangersErr
	}
	wanted := map[pci.Address]plan.HideOptions{}
	for _, f := range d.findings {
		if f.Found() && (o.Only == nil || slices.Contains(o.Only, f.Now)) {
			wanted[f.Now] = plan.HideOptions{Name: f.Name, Permissive: f.Permissive, Quarantine: !f.NoQuarantine}
		}
	}
	if len(wanted) == 0 {
		return outcomes, strangersErr
	}
	how.Veto, how.Ended = v.stillMeant(o.Only != nil), v.decided(VerbHide, r)
	devices := slices.DeleteFunc(d.found(), func(a pci.Address) bool { _, is := wanted[a]; return !is })
	results, err := e.HideEach(ctx, devices, wanted, how)
	err = v.traced(err)
	outcomes = append(outcomes, withoutForce(v.planned(newOutcomes(VerbHide, results, o.DryRun)), results)...)
	if broken := (*pciback.ModuleError)(nil); errors.As(err, &broken) && !o.DryRun {
		reserved, reservedErr := v.giveBackReserved(ctx, e, d)
		outcomes, err = append(outcomes, newOutcomes(VerbUnhide, reserved, o.DryRun)...), errors.Join(err, reservedErr)
	}
	return outcomes, errors.Join(err, strangersErr)
}

// withoutForce changes the advice on devices that dom0 needs to one for a call that cannot be
// forced.
func withoutForce(outcomes []Outcome, results []engine.Result) []Outcome {
	for i, r := range results {
		if why := needed(r.Err); why != nil && !why.Apart() {
			outcomes[i].Error.Advice = "'xenpci hide --force " + r.Device.String() + "' hides it anyway, 'xenpci unhide --boot " + r.Device.String() + "' removes it from the list"
		}
	}
	return outcomes
}

// stillMeant returns a veto against hiding a device that is not the declared one any more
// when it is first asked, which is when the call has its turn; and, if given back ones are to
// be spared, one that somebody has given back.
func (v *View) stillMeant(spare bool) func(pci.Address) error {
	intents := sync.OnceValues(v.host.Intents)
	found := sync.OnceValues(func() ([]pci.Address, error) {
		d, err := v.declared()
		return d.found(), err
	})
	return func(a pci.Address) error {
		if now, err := found(); err == nil && !slices.Contains(now, a) {
			return &Error{Code: CodeGone, Device: &a, Reason: "it is not the declared device any more"}
		}
		// A record that cannot be read is none; the others are there.
		if all, _ := intents(); spare && all[a] == IntentGivenBack {
			return &Error{Code: CodeGivenBack, Device: &a, Reason: "somebody gave it back to dom0 meanwhile"}
		}
		return nil
	}
}

// giveBackStrangers gives dom0 another card that stands at a declared address,
// and was taken by a layer that knows only addresses, or by a slot that was registered in
// advance. It removes such a slot from a card that has its driver, too, and where no
// declared device is expected any more.
func (v *View) giveBackStrangers(ctx context.Context, e *engine.Engine, d declared, how engine.Options) ([]engine.Result, error) {
	intents, _ := v.host.Intents()
	at := d.leftOver(intents)
	for _, f := range d.findings {
		stranger := f.Now
		if f.Outcome == config.Moved { // another card may stand where it was
			stranger = f.Address
		}
		if (f.Outcome == config.Moved || f.Outcome == config.Another) && !slices.Contains(d.found(), stranger) {
			at = append(at, stranger)
		}
	}
	if len(at) == 0 {
		return nil, nil
	}
	var unslotted []pci.Address // reserved once
	taken, err := v.held(ctx, e, at, func(s engine.DeviceStatus) bool {
		reserved := intents[s.Device] == IntentReserved
		if reserved && !s.State.Hidden() && s.State.Slot == pciback.SlotAbsent {
			unslotted = append(unslotted, s.Device)
		}
		return s.Guest == nil && (s.State.Hidden() && (reserved || s.WantedBy != engine.ByNothing) ||
			(reserved || !s.Present) && s.State.Slot == pciback.SlotRegistered)
	})
	if err != nil {
		return nil, err
	}
	var results []engine.Result
	if len(taken) > 0 {
		// A former driver that was noted is that of another card.
		results, err = e.Unhide(ctx, taken, plan.UnhideOptions{Driver: pciback.AnyDriver}, how)
	}
	if how.DryRun {
		return results, err
	}
	for _, result := range results {
		if result.Err == nil {
			unslotted = append(unslotted, result.Device)
		}
	}
	for _, a := range unslotted {
		err = errors.Join(err, v.host.ForgetIntent(a))
	}
	return results, err
}

// leftOver returns the addresses that were reserved for a declared device, and at which none
// is expected any more. A list that cannot be read throughout expects any.
func (d declared) leftOver(intents map[pci.Address]Intent) []pci.Address {
	var all []pci.Address
	for a, i := range intents {
		expected := slices.ContainsFunc(d.findings, func(f config.Finding) bool { return f.Address == a || isAt(f, a) })
		if i == IntentReserved && !expected && len(d.list.Problems()) == 0 {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, pci.Address.Compare)
	return all
}

// giveBackReserved gives their drivers what an override reserves for a pciback
// that is not there.
func (v *View) giveBackReserved(ctx context.Context, e *engine.Engine, d declared) ([]engine.Result, error) {
	reserved, err := v.held(ctx, e, d.found(), func(s engine.DeviceStatus) bool {
		return s.State.Driver == "" && s.State.Override == pciback.Name
	})
	if err != nil || len(reserved) == 0 {
		return nil, err
	}
	return e.Unhide(ctx, reserved, plan.UnhideOptions{}, engine.Options{})
}

// held returns the devices whose status satisfies wanted.
func (v *View) held(ctx context.Context, e *engine.Engine, devices []pci.Address, wanted func(engine.DeviceStatus) bool) ([]pci.Address, error) {
	if len(devices) == 0 {
		return nil, nil
	}
	status, err := e.Status(ctx, devices...)
	status.Devices = slices.DeleteFunc(status.Devices, func(s engine.DeviceStatus) bool { return !wanted(s) })
	held := make([]pci.Address, len(status.Devices))
	for i, s := range status.Devices {
		held[i] = s.Device
	}
	return held, err
}
