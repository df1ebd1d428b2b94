package passthrough

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/hostboot/trial"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TryHideOptions are how hiding devices is tried.
type TryHideOptions struct {
	HideOptions
	Minutes int // how long the trial waits to be confirmed, from when dom0 starts; DefaultTrialMinutes if 0
}

// TryHide hides the devices in one boot, before their drivers have them. That boot has an
// entry and an initramfs of its own, as TryHost makes them; neither the declared list nor a boot
// layer is changed. ConfirmHost, called in that boot in time, declares the devices as HideAtBoot
// does. Without it the machine restarts and boots as before, with the devices in dom0.
//
// What HideAtBoot refuses is refused, and what TryHost refuses of the machine. What became of a
// device that was refused is in Moved.Devices; the trial is in Moved.Try, which is nil if none was
// prepared. report gets an EventTry before anything is written.
func (v *View) TryHide(ctx context.Context, devices []pci.Address, o TryHideOptions, report func(Event)) (Moved, error) {
	moved := Moved{Devices: []Outcome{}}
	minutes, err := trialMinutes(o.Minutes)
	if err != nil {
		return moved, err
	}
	devices = once(devices)
	if err := checkName(o.Name, len(devices)); err != nil {
		return moved, err
	}
	r := newReporter(report)
	err = v.inTurn(ctx, r, o.DryRun, func(held *os.File) error {
		d := declaring{change: newListChange()}
		how := DeclareOptions(o.HideOptions)
		how.DryRun = true
		err := v.declareInTurn(ctx, held, &d, devices, nil, how, r.warnings())
		moved.Devices = newOutcomes(VerbHide, d.refused, o.DryRun)
		switch {
		case err != nil:
			return within("not tried", err)
		case len(d.accepted) == 0:
			return nil
		case d.change.Nothing():
			return nothingToTry(d.accepted)
		}
		tried, list, err := v.tried(d)
		if err != nil {
			return err
		}
		setup, err := v.prepareTrial(ctx, held, trial.Request{Minutes: minutes, Hide: &trial.Hide{Devices: tried, Force: o.Force}, List: list})
		if err != nil {
			return err
		}
		r.warn(refusals(d.forced)...)
		for _, a := range d.accepted {
			v.warnOfGuests(a, r)
		}
		try := newHostTry(setup, o.DryRun)
		try.Warnings, try.Confirm = d.change.Warnings, &d.change
		r.event(Event{Kind: EventTry, Try: &try})
		if !o.DryRun {
			if err := setup.CarryOut(ctx); err != nil {
				return err
			}
		}
		moved.Try = &try
		return nil
	})
	return moved, wrapped(err)
}

// nothingToTry is the error that the next boot hides the devices already.
func nothingToTry(devices []pci.Address) error {
	if len(devices) == 1 {
		return &Error{Code: CodeBadOption, Device: &devices[0], Reason: "is declared already, and every boot hides it: there is nothing to try"}
	}
	return &Error{Code: CodeBadOption, Reason: "the devices are declared already, and every boot hides them: there is nothing to try"}
}

// tried returns how the accepted devices would be declared, and the files of the list with them.
func (v *View) tried(d declaring) (devices []config.Device, list []initramfs.Added, err error) {
	after, err := v.find(d.list)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range d.accepted {
		f := slices.IndexFunc(after.findings, func(f config.Finding) bool { return isAt(f, a) })
		if f < 0 {
			return nil, nil, &Error{Code: CodeNotFound, Device: &a, Reason: "would not be found again by what tells it from other devices"}
		}
		devices = append(devices, after.findings[f].Device)
	}
	for name, content := range d.list.Contents() {
		list = append(list, initramfs.Added{Name: strings.TrimPrefix(name, "/"), Mode: 0o644, Content: content})
	}
	slices.SortFunc(list, func(a, b initramfs.Added) int { return strings.Compare(a.Name, b.Name) })
	return devices, list, nil
}
