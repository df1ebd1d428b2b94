package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func newBootRefreshCmd(a *app) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Write the enabled layers again after another version was installed",
		Long: `refresh writes the files of the enabled layers as this version of xenpci has them.
Where the layer initramfs is enabled it makes the images again, so that they have
a copy of this version. It enables no layer. A package runs it when it is upgraded;
run it after 'make install'.

If the layers would get a device that dom0 needs, or would no longer name a
declared one that is not there now, it leaves all of them as they were, and warns.`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runBootRefresh(cmd.Context(), a, dryRun)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

func runBootRefresh(ctx context.Context, a *app, dryRun bool) error {
	if err := a.needRoot("boot refresh", dryRun); err != nil {
		return err
	}
	report, stop := a.watch()
	change, err := a.host.Look().RefreshBoot(ctx, dryRun, report)
	stop()
	if err != nil {
		return err
	}
	return a.reportBoot("boot refresh", change)
}
