package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// newHookTrialCmd returns the hook that the initramfs of a trial runs. Nobody else has a use for
// it, so that no list of verbs has it.
func newHookTrialCmd(a *app) *cobra.Command {
	keep := false
	cmd := &cobra.Command{
		Use:    "trial",
		Short:  "Arm the watchdog of a trial, in its initramfs",
		Hidden: true,
		Args:   noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			if keep {
				return a.host.Look().KeepTrialLog(cmd.Context())
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
	return cmd
}
