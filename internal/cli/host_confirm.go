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
		Short: "Keep what the trial that runs has tried",
		Long: `confirm ends the trial that the machine runs, and keeps what it tries: it disarms the
watchdog, and removes the trial's entry. Words of 'xenpci host try' are written to the
boot loader's settings as 'xenpci host set' does. Devices of 'xenpci hide --boot --try'
are declared, and the boot layers written, as 'xenpci hide --boot' does.

It is refused in any other boot: a trial that has restarted was not confirmed. It is
also refused, with the names of the files, if settings of the boot loader were
changed since the trial was prepared, or, for devices, the declared list was; and if
one of the devices is not hidden in this boot. If the words cannot be written, or the
devices not be declared, the machine stays up, and the next boot is as before the
trial. If confirm itself is interrupted, run it again, in any boot.`,
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
	report, stop := a.watch()
	done, err := a.host.Look().ConfirmHost(ctx, func(c passthrough.HostWordsChange) {
		if !a.json {
			a.announceWords(c, nil)
		}
	}, report)
	stop()
	if err != nil && len(done.Devices) == 0 {
		return err
	}
	class := passthrough.Worse(passthrough.Moved{Devices: done.Devices}.Class(), passthrough.ClassOf(err))
	if a.json {
		return a.printBoth("host confirm", class, done, err)
	}
	for _, one := range done.Devices {
		a.reportOne("hide", false, one)
	}
	a.warnOfFailure(err)
	kept := "the machine boots with these lines from now on"
	if done.List != nil {
		kept = "every boot hides its devices from now on"
	}
	fmt.Fprintf(a.Out, "the trial %s is confirmed: %s\n", done.Trial.ID, kept)
	return reported(class)
}
