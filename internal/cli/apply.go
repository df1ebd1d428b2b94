package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// applyOptions are the flags of apply.
type applyOptions struct {
	dryRun bool
}

func newApplyCmd(a *app) *cobra.Command {
	o := &applyOptions{}
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Hide the devices that /etc/xenpci declares",
		Long: `apply hides every declared device that is in dom0, as it is declared: with its
name, permissive, with or without quarantine. It is what runs at boot.

A declared device is looked for by more than its address: one that moved is
found again, and another card at the old address stays in dom0, or is given
back if a rule that knows only addresses took it. What dom0 lives on is refused.

Where pciback cannot be loaded, devices that a rule reserved for it go back to
their drivers.`,
		Example: `  xenpci apply --dry-run
  xenpci apply`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runApply(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print the steps and take none")
	return cmd
}

func runApply(ctx context.Context, a *app, o *applyOptions) error {
	r, err := a.applyDeclared(ctx, "apply", o.dryRun)
	if err != nil {
		return err
	}
	return a.reportApplied("apply", r.status(), r)
}

// applied is what became of the list. A device that was not found counts for the
// exit status, since a guest will miss it.
type applied struct {
	declared
	dryRun  bool
	results []engine.Result
}

func (r applied) status() int { return worse(statusOfAll(r.results), r.declared.status()) }

// applyDeclared reads the list and makes it so, for some verb.
func (a *app) applyDeclared(ctx context.Context, verb string, dryRun bool) (applied, error) {
	if err := a.needRoot(verb, dryRun); err != nil {
		return applied{}, err
	}
	d, err := a.readDeclared()
	if err != nil {
		return applied{}, err
	}
	a.warnOfDeclared(d)
	results, err := a.apply(ctx, d, dryRun)
	return applied{d, dryRun, results}, err
}

// apply makes the list so. What it does to each device is in the results.
func (a *app) apply(ctx context.Context, d declared, dryRun bool) ([]engine.Result, error) {
	e := a.engine()
	stop := a.watch(e)
	defer stop()
	how := engine.Options{DryRun: dryRun}
	back, err := a.giveBackStrangers(ctx, e, d, how)
	if err != nil {
		return nil, err
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
		return nil, errors.Join(err, a.giveBackReserved(ctx, e, d))
	}
	return append(back, results...), err
}

// giveBackStrangers gives dom0 what stands at a declared address, is another
// card, and was taken by a layer that knows only addresses.
func (a *app) giveBackStrangers(ctx context.Context, e *engine.Engine, d declared, how engine.Options) ([]engine.Result, error) {
	var at []pci.Address
	for _, f := range d.findings {
		stranger := f.Now
		if f.Outcome == config.Moved { // somebody may stand where it was
			stranger = f.Address
		}
		if (f.Outcome == config.Moved || f.Outcome == config.Another) && !slices.Contains(d.found(), stranger) {
			at = append(at, stranger)
		}
	}
	taken, err := a.held(ctx, e, at, func(s engine.DeviceStatus) bool {
		return s.State.Hidden() && s.WantedBy != "" && s.Guest == nil
	})
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	return e.Unhide(ctx, taken, plan.UnhideOptions{}, how)
}

// giveBackReserved gives their drivers what is reserved for a pciback that is
// not there.
func (a *app) giveBackReserved(ctx context.Context, e *engine.Engine, d declared) error {
	reserved, err := a.held(ctx, e, d.found(), func(s engine.DeviceStatus) bool {
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

// held are those of the devices that look as wanted.
func (a *app) held(ctx context.Context, e *engine.Engine, devices []pci.Address, wanted func(engine.DeviceStatus) bool) ([]pci.Address, error) {
	if len(devices) == 0 {
		return nil, nil
	}
	status, err := e.Status(ctx, devices...)
	var held []pci.Address
	for _, s := range status.Devices {
		if wanted(s) {
			held = append(held, s.Device)
		}
	}
	return held, err
}

// appliedResult is what a document says of apply.
type appliedResult struct {
	Declared []declaredDevice `json:"declared"`
	Problems []string         `json:"problems,omitempty"`
	Devices  []outcome        `json:"devices"`
}

// declaredDevice is one device of the list, and where it is.
type declaredDevice struct {
	Address pci.Address  `json:"address"` // as it is declared
	File    string       `json:"file"`
	Line    int          `json:"line"`
	Now     *pci.Address `json:"now,omitempty"` // absent where it was not found
	Finding string       `json:"finding"`
}

func newDeclaredDevice(f config.Finding) declaredDevice {
	d := declaredDevice{Address: f.Address, File: f.File, Line: f.Line, Finding: f.String()}
	if f.Found() {
		d.Now = &f.Now
	}
	return d
}

// reportApplied prints what became of each device, and ends with that status.
func (a *app) reportApplied(verb string, status int, r applied) error {
	if a.json {
		result := appliedResult{Declared: declaredDevices(r.findings), Devices: outcomes(r.results, r.dryRun)}
		for _, p := range r.problems {
			result.Problems = append(result.Problems, p.Error())
		}
		if err := (document{Verb: verb, Status: status, Result: result}).print(a.Out); err != nil {
			return err
		}
		return printed(status)
	}
	for _, one := range r.results {
		a.reportOne(string(one.Action.Verb), r.dryRun, one)
	}
	if len(r.findings)+len(r.problems) == 0 {
		a.warn("no device is declared; 'xenpci hide --boot ID' declares one")
	}
	return printed(status)
}

// worse is the status of two things that were to be done.
func worse(a, b int) int {
	switch {
	case a == StatusDone || a == b:
		return b
	case b == StatusDone:
		return a
	}
	return StatusFailed
}
