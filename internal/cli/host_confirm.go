package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostConfirmCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "confirm",
		Short: "Keep the command lines of the trial that runs",
		Long: `confirm ends the trial that the machine runs, and keeps its lines: it disarms the
watchdog, writes the words to the boot loader's settings as 'xenpci host set' does,
and removes the trial's entry.

It is refused in any other boot: a trial that has restarted was not confirmed. It is
also refused, with the names of the files, if settings of the boot loader were
changed since the trial was prepared. If the words cannot be written, the machine
stays up, and the next boot has the old lines. If confirm itself is interrupted, run
it again, in any boot.`,
		Example: `  xenpci host confirm`,
		Args:    noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runHostConfirm(cmd.Context(), a)
		}),
	}
}

func runHostConfirm(ctx context.Context, a *app) error {
	if err := a.needRoot("host confirm", false); err != nil {
		return err
	}
	done, err := a.host.Look().ConfirmHost(ctx, func(c passthrough.HostWordsChange) {
		if !a.json {
			a.announceWords(c)
		}
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.print("host confirm", passthrough.ClassDone, done)
	}
	fmt.Fprintf(a.Out, "the trial %s is confirmed: the machine boots with these lines from now on\n", done.Trial.ID)
	return nil
}
