package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// hideOptions are the flags and arguments of hide.
type hideOptions struct {
	ids          []string
	dryRun       bool
	noQuarantine bool
	name         string
	permissive   bool
	force        bool
	boot         bool
}

func newHideCmd(a *app) *cobra.Command {
	o := &hideOptions{}
	cmd := &cobra.Command{
		Use:   "hide ID...",
		Short: "Take devices away from dom0",
		Long: `hide takes devices from the drivers that have them and binds them to pciback,
where guests can have them. A slot takes all its functions along. The module
xen-pciback is loaded if it has to be. Several devices are moved side by side.

As xl pci-assignable-add does, it puts the device into Xen's quarantine where
there is an IOMMU, and notes in xenstore which driver it came from, where
xenstored runs.

What dom0 lives on is refused, in words that say by which chain; --force takes
it all the same. 'xenpci check' asks beforehand.

With --boot it is declared in /etc/xenpci as well, and hidden at every boot from
then on: 'xenpci boot' shows how. Exit status 5 says that this was done, and that
it could not be hidden now.

A device that could not be hidden is put back where it was. What is hidden
already is success.`,
		Example: `  xenpci hide 00:09.0
  xenpci hide --boot 00:09.0
  xenpci hide --dry-run 00:1d 10b7:9055`,
		Args: someIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ids = args
			return runHide(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print the steps and take none")
	cmd.Flags().BoolVar(&o.noQuarantine, "no-quarantine", false, "leave Xen's quarantine out")
	cmd.Flags().BoolVar(&o.force, "force", false, "hide also what dom0 needs; the guard's sentences are printed all the same")
	cmd.Flags().BoolVar(&o.permissive, "permissive", false, "let its guest write all of its configuration space")
	cmd.Flags().BoolVar(&o.boot, "boot", false, "hide at every boot as well")
	cmd.Flags().StringVar(&o.name, "name", "", "the `NAME` that xl is to know the device by")
	return cmd
}

func runHide(ctx context.Context, a *app, o *hideOptions) error {
	if _, err := parseIDs(o.ids); err != nil {
		return err
	}
	if err := a.needRoot("hide", o.dryRun); err != nil {
		return err
	}
	devices, err := a.selectDevices(o.ids)
	if err != nil {
		return err
	}
	if err := checkName(o.name, len(devices)); err != nil {
		return err
	}
	how := plan.HideOptions{Name: o.name, Quarantine: !o.noQuarantine, Permissive: o.permissive, Force: o.force}
	if o.boot {
		return a.hideAtBoot(ctx, devices, how, o.dryRun)
	}
	results, err := a.hideNow(ctx, devices, how, o.dryRun)
	if err != nil {
		return err
	}
	return a.report("hide", o.dryRun, results, nil, nil)
}

func (a *app) hideNow(ctx context.Context, devices []pci.Address, how plan.HideOptions, dryRun bool) ([]engine.Result, error) {
	e := a.engine()
	stop := a.watch(e)
	defer stop()
	return e.Hide(ctx, devices, how, engine.Options{DryRun: dryRun})
}

// hideAtBoot declares the devices, and hides them now. What dom0 lives on is not
// declared either, unless it is forced, and what pciback can never hold is not at
// all.
func (a *app) hideAtBoot(ctx context.Context, devices []pci.Address, how plan.HideOptions, dryRun bool) error {
	refused, forced, err := a.refuse(devices, how.Force)
	if err != nil {
		return err
	}
	devices = slices.DeleteFunc(devices, func(d pci.Address) bool {
		return slices.ContainsFunc(refused, func(r engine.Result) bool { return r.Device == d })
	})
	if len(devices) == 0 {
		return a.report("hide", dryRun, refused, nil, nil)
	}
	options := config.Options{Name: how.Name, Permissive: how.Permissive, NoQuarantine: !how.Quarantine}
	part, err := a.declare(ctx, devices, options, dryRun)
	if err != nil {
		return a.report("hide", dryRun, refused, nil, fmt.Errorf("not declared: %w", err))
	}
	a.sayBoot(part, dryRun)
	results, err := a.hideNow(ctx, devices, how, dryRun)
	if err != nil { // it has not said what the guard says of them
		a.warnOf(livesOnError(forced).warnings())
	}
	for i := range results {
		results[i].Err = later(dryRun, "declared, but not hidden now", results[i].Err)
	}
	return a.report("hide", dryRun, append(refused, results...), part, later(dryRun, "declared, but not hidden now", err))
}
