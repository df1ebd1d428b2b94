package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
)

// hideOptions are the flags and arguments of hide.
type hideOptions struct {
	ids          []string
	dryRun       bool
	noQuarantine bool
	name         string
	force        bool
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

A device that could not be hidden is put back where it was. What is hidden
already is success.`,
		Example: `  xenpci hide 00:09.0
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
	e := a.engine()
	stop := a.watch(e)
	results, err := e.Hide(ctx, devices, plan.HideOptions{Name: o.name, Quarantine: !o.noQuarantine, Force: o.force}, engine.Options{DryRun: o.dryRun})
	stop()
	if err != nil {
		return err
	}
	return a.report("hide", o.dryRun, results)
}
