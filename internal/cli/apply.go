package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newApplyCmd(a *app) *cobra.Command {
	o := &passthrough.ApplyOptions{}
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Hide the devices that /etc/xenpci declares",
		Long: `apply hides every declared device that is in dom0, as it is declared: with its
name, permissive, with or without quarantine. It is what runs at boot.

A declared device is looked for by more than its address: one that moved is
found again, and another card at the old address stays in dom0, or is given
back if a rule that knows only addresses took it. A device that dom0 needs is refused.

Where pciback cannot be loaded, devices that an override reserves for it go back
to their drivers.`,
		Example: `  xenpci apply --dry-run
  xenpci apply`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			if err := a.needRoot("apply", o.DryRun); err != nil {
				return err
			}
			applied, err := a.apply(cmd.Context(), *o)
			if err != nil && len(applied.Devices) == 0 {
				return err // nothing was done
			}
			return a.reportApplied("apply", o.DryRun, applied, err, passthrough.Worse(applied.Class(), passthrough.ClassOf(err)))
		}),
	}
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print the steps and take none")
	return cmd
}

func (a *app) apply(ctx context.Context, o passthrough.ApplyOptions) (passthrough.Applied, error) {
	report, stop := a.watch()
	defer stop()
	return a.host.Look().Apply(ctx, o, report)
}

// reportApplied prints what became of each device, and err, which ended the call.
// It ends with that class.
func (a *app) reportApplied(verb string, dryRun bool, applied passthrough.Applied, err error, class passthrough.Class) error {
	if a.json {
		return a.printBoth(verb, class, applied, err)
	}
	for _, one := range applied.Devices {
		a.reportOne(verb, dryRun, one)
	}
	a.warnOfFailure(err)
	if err == nil && len(applied.Declared)+len(applied.Problems) == 0 {
		a.warn("no device is declared; 'xenpci hide --boot ID' declares one")
	}
	return reported(class)
}
