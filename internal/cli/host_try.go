package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// tryOptions are the flags of host try.
type tryOptions struct {
	passthrough.TryOptions
	add, replace, reboot bool
}

func newHostTryCmd(a *app) *cobra.Command {
	o := &tryOptions{}
	cmd := &cobra.Command{
		Use:   "try xen|dom0 WORD... [xen|dom0 WORD...]",
		Short: "Boot changed command lines once, and come back unless somebody confirms",
		Long: `try prepares a boot with other words on the command line of Xen or of dom0's kernel.
That boot happens once. Unless somebody runs 'xenpci host confirm' in it within
--minutes, the machine restarts and boots the old lines, which were not touched:
also if dom0 hangs, or has lost its network or its disk, or Xen crashes.

A word replaces the other words of its option, as with 'xenpci host set'; for an
option that may be given more than once, --add or --replace says what becomes of those
that are there. What 'xenpci host check' finds wrong with the words is a warning here.

xenpci adds an entry of its own to GRUB 2's menu, made from the default entry, with
xenpci.trial=ID on dom0's line, panic= so that a panic restarts the machine, and
without noreboot. The initramfs of this entry is a copy of the usual one that arms
a watchdog in Xen before it does anything else; from then on the minutes count. The
last step has GRUB boot the entry once (next_entry in grubenv). Then reboot, or
give --reboot.

It is refused where the machine would not come back: with another boot loader, an
initramfs that was not made by initramfs-tools or dracut, or a grubenv that GRUB
cannot write, as on LVM, an array, btrfs and ZFS. Not covered is a Xen that hangs
before it starts dom0: only a hardware watchdog or a hand ends that.`,
		Example: `  xenpci host try xen smt=off --reboot
  xenpci host try xen dom0_mem=4G,max:4G dom0 loglevel=7 --minutes 20
  xenpci host try dom0 console=hvc0 --add --dry-run`,
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Xen, o.Dom0, err = linesOf(args); err != nil {
				return err
			}
			return runHostTry(cmd.Context(), a, o)
		}),
	}
	minutesFlag(cmd, &o.Minutes)
	cmd.Flags().BoolVar(&o.add, "add", false, "keep the other words of an option that may be given more than once")
	cmd.Flags().BoolVar(&o.replace, "replace", false, "remove the other words of such an option")
	cmd.Flags().BoolVar(&o.Recovery, "recovery", false, "set the words also in the entries for recovery when the trial is confirmed")
	cmd.Flags().BoolVar(&o.reboot, "reboot", false, "restart the machine when everything is prepared")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

// linesOf returns the words for each of the two lines: those that follow its name.
func linesOf(args []string) (xen, dom0 []string, err error) {
	var line *[]string
	for _, arg := range args {
		switch {
		case arg == "xen":
			line = &xen
		case arg == "dom0":
			line = &dom0
		case line == nil:
			return nil, nil, &usageError{fmt.Errorf("%q: say first which line it is for: xen or dom0", arg)}
		default:
			*line = append(*line, arg)
		}
	}
	if len(xen)+len(dom0) == 0 {
		return nil, nil, &usageError{errors.New("try needs xen or dom0 and a word, such as: xenpci host try xen smt=off")}
	}
	return xen, dom0, nil
}

func runHostTry(ctx context.Context, a *app, o *tryOptions) error {
	switch {
	case o.DryRun && o.reboot:
		return &usageError{errors.New("--dry-run changes nothing, and does not go with --reboot")}
	case o.add && o.replace:
		return &usageError{errors.New("--add and --replace exclude each other")}
	case o.add:
		o.Repeat = passthrough.HostRepeatAdd
	case o.replace:
		o.Repeat = passthrough.HostRepeatReplace
	}
	if err := a.needRoot("host try", o.DryRun); err != nil {
		return err
	}
	report, stop := a.watch()
	try, err := a.host.Look().TryHost(ctx, o.TryOptions, report)
	stop()
	if err != nil {
		return err
	}
	return a.reportTry(ctx, try, o.reboot)
}

// reportTry reports a trial of words that is prepared, and restarts the machine if that is wanted.
func (a *app) reportTry(ctx context.Context, try passthrough.HostTry, reboot bool) error {
	err := a.begin(ctx, try, reboot)
	if a.json {
		return a.printBoth("host try", passthrough.ClassOf(err), try, err)
	}
	return err
}

// begin says what to do when a trial is prepared, and restarts the machine if that is wanted. A document
// is printed afterwards, since it also has what became of that: the machine takes longer to go down.
func (a *app) begin(ctx context.Context, try passthrough.HostTry, reboot bool) error {
	if !a.json && !try.DryRun {
		fmt.Fprintf(a.Out, "The trial boots next. Then log in and run 'xenpci host confirm' within %s.\n", minuteCount(try.Trial.Minutes))
		if !reboot {
			fmt.Fprintln(a.Out, "Reboot to begin, or run 'xenpci host undo' to take it back.")
		}
	}
	if !reboot {
		return nil
	}
	return a.host.Restart(ctx)
}

// announceTry prints what is about to be prepared, and what it does not cover.
func (a *app) announceTry(t passthrough.HostTry) {
	a.warnOf(t.Warnings)
	back := "the old lines"
	if len(t.Trial.Hide) > 0 {
		fmt.Fprintf(a.Out, "trial %s of the entry %q, which hides\n", t.Trial.ID, t.Entry)
		for _, address := range t.Trial.Hide {
			fmt.Fprintf(a.Out, "  %s\n", address)
		}
		fmt.Fprintf(a.Out, "When it is confirmed, these are declared, and hidden at every boot by %s.\n", layerWords(t.Confirm.Layers))
		back = "as before"
	} else {
		fmt.Fprintf(a.Out, "trial %s of the entry %q, with\n", t.Trial.ID, t.Entry)
		field(a.Out, "xen", strings.Join(t.XenLine, " "))
		field(a.Out, "dom0", strings.Join(t.Dom0Line, " "))
	}
	fmt.Fprintf(a.Out, "Without 'xenpci host confirm' the machine restarts %s after dom0 has started, and boots %s.\n", minuteCount(t.Trial.Minutes), back)
	fmt.Fprintln(a.Out, "Not covered: a Xen that hangs before it starts dom0 stays so.")
	if t.DryRun {
		fmt.Fprintf(a.Out, "would write %s\n", t.Image)
		a.printPlan(passthrough.BootChange{Files: t.Files, Commands: t.Commands, Diff: t.Diff})
		return
	}
	fmt.Fprintf(a.Out, "writes %s\n", t.Image)
	a.announceFiles(t.Files, t.Commands, false)
}

func minuteCount(n int) string {
	if n == 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
