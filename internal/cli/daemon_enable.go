package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newDaemonEnableCmd(a *app) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Have the init system start xenpcid now and at every boot",
		Long: `enable writes the units, script or job by which the init system starts xenpcid, and
starts it now. xenpcid has to be in the folder of xenpci. The layers of 'xenpci boot'
stay as they are, and no device needs to be declared. With --dry-run it prints what
would change, and what would be run; --diff has the lines.

If a file cannot be written, everything is taken back. If xenpcid cannot be started
now, as on a machine that is not running Xen, the files stay, and the exit status
is 5.

systemd, OpenRC and upstart start xenpcid again if it dies; nothing does with
sysvinit.`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runDaemonChange(cmd.Context(), a, "daemon enable", (*passthrough.View).EnableDaemon, dryRun)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

func newDaemonDisableCmd(a *app) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Stop xenpcid, and remove what 'daemon enable' wrote",
		Long: `disable stops xenpcid and removes what 'daemon enable' wrote: every file is as it
was before. What is hidden stays hidden, and the layers of 'xenpci boot' stay.

If xenpcid cannot be stopped, the files are removed all the same, and the exit status
is 5.`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runDaemonChange(cmd.Context(), a, "daemon disable", (*passthrough.View).DisableDaemon, dryRun)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

// changeDaemon is EnableDaemon or DisableDaemon.
type changeDaemon func(v *passthrough.View, ctx context.Context, dryRun bool, report func(passthrough.Event)) (passthrough.DaemonChange, error)

func runDaemonChange(ctx context.Context, a *app, verb string, change changeDaemon, dryRun bool) error {
	if err := a.needRoot(verb, dryRun); err != nil {
		return err
	}
	report, stop := a.watch()
	c, err := change(a.host.Look(), ctx, dryRun, report)
	stop()
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.print(verb, c.Class(), c)
	case dryRun:
		a.printPlan(c.BootChange)
	case c.Problem != nil:
		a.warn(c.Problem.String())
	case c.Process != 0:
		fmt.Fprintf(a.Out, "xenpcid runs (process %d)\n", c.Process)
	}
	return reported(c.Class())
}
