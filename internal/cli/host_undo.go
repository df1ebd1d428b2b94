package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostUndoCmd(a *app) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "undo",
		Short: "Take a trial back",
		Long: `undo takes back what 'xenpci host try' or 'xenpci hide --boot --try' prepared, at any
time: its entry in GRUB's menu, the choice of what boots once, and its initramfs.
Files are as they were before. If 'xenpci host confirm' was interrupted, what it has
written stays, and undo says how to remove it.

In the boot of the trial the watchdog stays armed: the machine restarts as it would
without, and boots as before the trial. Reboot to have that at once.`,
		Example: `  xenpci host undo
  xenpci host undo --dry-run`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runHostUndo(cmd.Context(), a, dryRun)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

func runHostUndo(ctx context.Context, a *app, dryRun bool) error {
	if err := a.needRoot("host undo", dryRun); err != nil {
		return err
	}
	report, stop := a.watch()
	undo, err := a.host.Look().UndoHost(ctx, dryRun, report)
	stop()
	if err != nil {
		return err
	}
	if a.json {
		return a.print("host undo", passthrough.ClassDone, undo)
	}
	if dryRun {
		if undo.Image != "" {
			fmt.Fprintf(a.Out, "would remove %s\n", undo.Image)
		}
		a.printPlan(passthrough.BootChange{Files: undo.Files, Commands: undo.Commands, Diff: undo.Diff})
		a.printKept(undo.Trial)
		return nil
	}
	fmt.Fprintln(a.Out, strings.TrimSpace("the trial "+undo.Trial.ID)+" is taken back")
	a.printKept(undo.Trial)
	if undo.Elsewhere {
		for _, command := range undo.Commands {
			fmt.Fprintf(a.Out, "to be run on that machine: %s\n", command)
		}
	}
	if undo.Trial.State == passthrough.HostTrialRunning {
		fmt.Fprintln(a.Out, "The watchdog is still armed: the machine restarts, and boots as before. Reboot to have that now.")
	}
	return nil
}

// printKept prints what undo leaves of a trial that was confirmed, and how to remove that.
func (a *app) printKept(t passthrough.HostTrial) {
	switch {
	case t.State != passthrough.HostTrialConfirmed:
	case len(t.Hide) > 0:
		fmt.Fprintln(a.Out, "The trial was confirmed: what is declared of its devices stays. 'xenpci status' shows it, and 'xenpci unhide --boot' removes it.")
	default:
		fmt.Fprintln(a.Out, "The trial was confirmed: the words that are written already stay. 'xenpci host' shows them, and 'xenpci host unset' removes them.")
	}
}

// trialWords returns what a trial is, in a sentence or two.
func trialWords(t passthrough.HostTrial) string {
	tried := ""
	for _, line := range []struct {
		name  string
		words []string
	}{{"xen", t.Xen}, {"dom0", t.Dom0}} {
		if len(line.words) > 0 {
			tried += " " + line.name + " " + strings.Join(line.words, " ")
		}
	}
	name := strings.TrimSpace("trial " + t.ID)
	for i, address := range t.Hide {
		if i == 0 {
			tried = " hide"
		}
		tried += " " + address.String()
	}
	if tried != "" {
		name += " (" + strings.TrimSpace(tried) + ")"
	}
	switch t.State {
	case passthrough.HostTrialPrepared:
		return name + " boots next; 'xenpci host undo' takes it back"
	case passthrough.HostTrialRunning:
		if t.Left > 0 {
			return fmt.Sprintf("%s runs; the machine restarts in %d min %d s unless 'xenpci host confirm' is run", name, t.Left/60, t.Left%60)
		}
		return name + " runs; the machine restarts unless 'xenpci host confirm' is run"
	case passthrough.HostTrialUnconfirmed:
		text := name + " was not confirmed, and the machine has its old lines again"
		if len(t.Hide) > 0 {
			text = name + " was not confirmed, and the machine has booted as before"
		}
		if t.Log != "" {
			text += "; " + t.Log + " has Xen's log of it"
		}
		return text + "; 'xenpci host undo' removes its entry"
	case passthrough.HostTrialConfirmed:
		what := "writing its words"
		if len(t.Hide) > 0 {
			what = "declaring its devices"
		}
		return name + " was confirmed, and " + what + " was interrupted; 'xenpci host confirm' completes it"
	case passthrough.HostTrialTakenBack:
		return fmt.Sprintf("%s was taken back, and its watchdog restarts the machine in %d min %d s", name, t.Left/60, t.Left%60)
	case passthrough.HostTrialIncomplete:
		return name + " is incomplete, since preparing it or taking it back was interrupted; 'xenpci host undo' removes what is left"
	}
	return name
}
