package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// enableOptions are the flags of boot enable.
type enableOptions struct {
	passthrough.EnableOptions
	layers []string
}

func newBootEnableCmd(a *app) *cobra.Command {
	o := &enableOptions{}
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Write the layers that hide the declared devices at every boot",
		Long: `enable writes the layers that 'xenpci boot' chooses, or those that --layer names
with what they need beside them, and removes the others. It prints why it is
these, which lines of other files are about hidden devices too, and which of the
two takes effect. With --dry-run it prints which files and links would change, and
what would be run; --diff has the lines.

A device that dom0 needs is refused, as by 'xenpci hide': a list that was written by
hand may have it. --force writes the layers anyway. A device that is hidden
already is not dom0's any more, and is not refused.

The layer modprobe writes a softdep line for each driver. With --install-line it
writes the classic install line, except for drivers with which that would have no
effect: those in the initramfs, and those that have a softdep line already.

The initramfs of every installed kernel is made again where the layers need it.
Those of the running kernel and of the boot loader's default entry are read back.`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runBootEnable(cmd.Context(), a, o)
		}),
	}
	cmd.Flags().StringArrayVar(&o.layers, "layer", nil, "a layer by its `NAME`, in place of the choice; may be repeated")
	completeFlag(cmd, "layer", completeLayers)
	cmd.Flags().BoolVar(&o.InstallLines, "install-line", false, "write the classic install lines for modprobe")
	cmd.Flags().BoolVar(&o.Force, "force", false, "write the layers also for devices that dom0 needs; what the guard found is still printed")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

func newBootDisableCmd(a *app) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Remove all layers",
		Long: `disable removes what 'boot enable' wrote: every file is as it was before, and
the system's programs run again. The declared list stays, and what is hidden now
stays hidden until the next boot.`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runBootDisable(cmd.Context(), a, dryRun)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

func runBootEnable(ctx context.Context, a *app, o *enableOptions) error {
	for _, text := range o.layers {
		layer, err := passthrough.ParseLayer(text)
		if err != nil {
			return &usageError{fmt.Errorf("--layer: %w", err)}
		}
		o.Layers = append(o.Layers, layer)
	}
	if err := a.needRoot("boot enable", o.DryRun); err != nil {
		return err
	}
	report, stop := a.watch()
	change, err := a.host.Look().EnableBoot(ctx, o.EnableOptions, report)
	stop()
	if err != nil {
		return err
	}
	return a.reportBoot("boot enable", change)
}

func runBootDisable(ctx context.Context, a *app, dryRun bool) error {
	if err := a.needRoot("boot disable", dryRun); err != nil {
		return err
	}
	report, stop := a.watch()
	change, err := a.host.Look().DisableBoot(ctx, dryRun, report)
	stop()
	if err != nil {
		return err
	}
	return a.reportBoot("boot disable", change)
}

// reportBoot prints what an event has not announced yet.
func (a *app) reportBoot(verb string, change passthrough.BootChange) error {
	if a.json {
		return a.print(verb, passthrough.ClassDone, change)
	}
	if change.DryRun {
		a.printPlan(change)
	}
	return nil
}

// printPlan prints what a dry run would change and run.
func (a *app) printPlan(change passthrough.BootChange) {
	if a.diff {
		fmt.Fprint(a.Out, change.Diff)
	}
	for _, file := range change.Files {
		if !a.diff {
			fmt.Fprintf(a.Out, "would %s\n", fileChangeWords(file))
		}
	}
	for _, command := range change.Commands {
		fmt.Fprintf(a.Out, "would run %s\n", command)
	}
	if len(change.Files) > 0 && !a.diff {
		fmt.Fprintln(a.Out, "--diff shows the lines")
	}
}

// fileChangeWords is what is done with a file: "change /etc/default/grub (1 line added)".
func fileChangeWords(f passthrough.FileChange) string {
	switch {
	case f.Link != "" && f.Removed:
		return "remove the link " + f.Path
	case f.Link != "":
		return "link " + f.Path + " -> " + f.Link
	case f.Removed:
		return "remove " + f.Path
	case f.Created:
		return fmt.Sprintf("make %s (%s)", f.Path, lineCount(f.LinesAdded))
	}
	var words []string
	if f.LinesAdded > 0 {
		words = append(words, lineCount(f.LinesAdded)+" added")
	}
	if f.LinesRemoved > 0 {
		words = append(words, lineCount(f.LinesRemoved)+" removed")
	}
	if len(words) == 0 {
		return "make " + f.Path + " executable"
	}
	return "change " + f.Path + " (" + strings.Join(words, ", ") + ")"
}

func lineCount(n int) string {
	if n == 1 {
		return "1 line"
	}
	return strconv.Itoa(n) + " lines"
}

// diffFlag adds the flag --diff to a verb that has --dry-run.
func (a *app) diffFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.diff, "diff", false, "with --dry-run: print all changes of files as diffs, in place of a summary")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if dry, err := cmd.Flags().GetBool("dry-run"); a.diff && (err != nil || !dry) {
			return &usageError{errors.New("--diff shows what --dry-run would change, which must be given too")}
		}
		return run(cmd, args)
	}
}

// announce prints which layers it is to be, and what is about to happen.
func (a *app) announce(c passthrough.BootChange) {
	a.warnOf(c.Warnings)
	fmt.Fprintf(a.Out, "layers: %s\n", layerWords(c.Layers))
	for _, reason := range c.Reasons {
		fmt.Fprintf(a.Out, "    %s\n", reason)
	}
	if len(c.Removed) > 0 {
		fmt.Fprintf(a.Out, "removes: %s\n", layerWords(c.Removed))
	}
	switch {
	case c.Nothing():
		fmt.Fprintln(a.Out, "everything is as it should be already")
	case !c.DryRun:
		a.announceFiles(c.Files, c.Commands, c.Elsewhere)
	}
}

// announceFiles prints which files are about to be written and which programs to be run.
func (a *app) announceFiles(files []passthrough.FileChange, commands []string, elsewhere bool) {
	for _, file := range files {
		verb := "writes"
		if file.Removed {
			verb = "removes"
		}
		fmt.Fprintf(a.Out, "%s %s\n", verb, file.Path)
	}
	verb := "runs"
	if elsewhere {
		verb = "to be run on that machine:"
	}
	for _, command := range commands {
		fmt.Fprintf(a.Out, "%s %s\n", verb, command)
	}
}
