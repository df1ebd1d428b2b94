package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// newHookTrialCmd returns the hook that the initramfs of a trial runs. Nobody else has a use for
// it, so that no list of verbs has it.
func newHookTrialCmd(a *app) *cobra.Command {
	keep, hide := false, false
	cmd := &cobra.Command{
		Use:    "trial",
		Short:  "Arm the watchdog of a trial, in its initramfs",
		Hidden: true,
		Args:   noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			if keep {
				return a.host.Look().KeepTrialLog(cmd.Context())
			}
			if hide {
				return a.runHookTrialHide(cmd.Context())
			}
			t, err := a.host.Look().ArmHostTrial()
			if err != nil {
				return err
			}
			if a.json {
				return a.print("hook trial", passthrough.ClassDone, t)
			}
			fmt.Fprintf(a.Out, "xenpci: trial %s: the machine restarts in %s unless 'xenpci host confirm' is run\n", t.ID, minuteCount(t.Minutes))
			return nil
		}),
	}
	cmd.Flags().BoolVar(&keep, "log", false, "keep Xen's log of the trial instead, when its disks are mounted")
	cmd.Flags().BoolVar(&hide, "hide", false, "hide the devices of the trial instead, where it has any")
	return cmd
}

// runHookTrialHide does what apply does in the initramfs of the layer of that name.
func (a *app) runHookTrialHide(ctx context.Context) error {
	report, stop := a.watch()
	applied, err := a.host.Look().HideInTrial(ctx, report)
	stop()
	if err != nil && len(applied.Devices) == 0 {
		return err
	}
	return a.reportApplied("hook trial", false, applied, err, passthrough.Worse(applied.Class(), passthrough.ClassOf(err)))
}
