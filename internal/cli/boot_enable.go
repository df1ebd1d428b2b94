package cli

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/boot"
)

// enableOptions are the flags of boot enable.
type enableOptions struct {
	layers      []string
	installLine bool
	force       bool
	dryRun      bool
}

func newBootEnableCmd(a *app) *cobra.Command {
	o := &enableOptions{}
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Write the layers that hide the declared devices at every boot",
		Long: `enable writes the layers that 'xenpci boot' chooses, or those that --layer names
with what they need beside them, and takes away the others. It says why it is
these, which of somebody else's lines say something of hidden devices too, and
which of the two counts. With --dry-run it prints what would change, as diffs,
and what would be run.

What dom0 lives on is refused, as 'xenpci hide' would: it may stand in a list that
was written by hand. --force writes the layers all the same. A device that is
hidden already is not dom0's any more, and nothing speaks against it.

The layer modprobe writes a softdep line for each driver. With --install-line it
writes the classic install line, but for drivers with which that would not
count: those in the initramfs, and those that have a softdep line already.

Every image of an installed kernel is made anew where the layers need it. That
of the kernel that runs, and that of the boot loader's default entry, are read
back.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBootEnable(cmd.Context(), a, o)
		},
	}
	cmd.Flags().StringArrayVar(&o.layers, "layer", nil, "a layer by its `NAME`, in place of the choice; may be repeated")
	cmd.Flags().BoolVar(&o.installLine, "install-line", false, "have modprobe go by the classic install lines")
	cmd.Flags().BoolVar(&o.force, "force", false, "hide also what dom0 needs; the guard's sentences are printed all the same")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func newBootDisableCmd(a *app) *cobra.Command {
	o := &enableOptions{}
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Take all layers away",
		Long: `disable takes away what 'boot enable' wrote: every file is as it was before, and
the system's programs run again. The declared list stays, and what is hidden now
stays hidden until the next boot.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBootDisable(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func runBootEnable(ctx context.Context, a *app, o *enableOptions) error {
	var wanted []boot.Name
	for _, text := range o.layers {
		name, err := boot.ParseName(text)
		if err != nil {
			return &usageError{fmt.Errorf("--layer: %w", err)}
		}
		wanted = append(wanted, name)
	}
	if err := a.needRoot("boot enable", o.dryRun); err != nil {
		return err
	}
	return a.inBootTurn(ctx, o.dryRun, func(held *os.File) error { return enableLayers(ctx, held, a, o, wanted) })
}

// inBootTurn has do wait for its turn, unless it only looks.
func (a *app) inBootTurn(ctx context.Context, dryRun bool, do func(held *os.File) error) error {
	if dryRun {
		return do(nil)
	}
	return a.engine().BootTurn(ctx, do)
}

func enableLayers(ctx context.Context, held *os.File, a *app, o *enableOptions, wanted []boot.Name) error {
	b, err := a.lookAtBoot(ctx, held)
	if err != nil {
		return err
	}
	a.warnOf(b.notes)
	a.warnOfDeclared(b.declared)
	a.warnOf(b.leftOut())
	if len(b.devices) == 0 {
		return b.nothing()
	}
	needed := a.livesOn(b.devices)
	if len(needed) > 0 && !o.force && a.json {
		return needed
	}
	a.warnOf(needed.warnings())
	if len(needed) > 0 && !o.force {
		a.warn(nothingWritten)
		return printed(StatusRefused)
	}
	choice := boot.Choose(b.host, b.devices)
	if len(wanted) > 0 {
		choice = boot.Complete(b.host, b.devices, wanted)
	}
	b.host.InstallLines = o.installLine
	if o.installLine && !slices.Contains(choice.Layers, boot.Modprobe) {
		return &usageError{fmt.Errorf("--install-line is about the layer %s, and the layers are %s; name it with --layer", boot.Modprobe, layerWords(choice.Layers))}
	}
	return a.setUpBoot(ctx, "boot enable", b, choice, o.dryRun)
}

func runBootDisable(ctx context.Context, a *app, o *enableOptions) error {
	if err := a.needRoot("boot disable", o.dryRun); err != nil {
		return err
	}
	return a.inBootTurn(ctx, o.dryRun, func(held *os.File) error {
		b, err := a.lookAtBoot(ctx, held)
		if err != nil {
			return err
		}
		a.warnOf(b.notes)
		return a.setUpBoot(ctx, "boot disable", b, boot.Choice{}, o.dryRun)
	})
}

// setupResult is what a document says of a change of the layers.
type setupResult struct {
	Layers   []boot.Name `json:"layers"`
	Removed  []boot.Name `json:"removed,omitempty"` // layers that were there, and go
	Reasons  []string    `json:"reasons,omitempty"`
	Warnings []string    `json:"warnings,omitempty"` // lines of others that say something of hidden devices too
	Files    []string    `json:"files"`              // that changed, or would
	Commands []string    `json:"commands"`           // that ran, or would, or have to where another root is given
	Diff     string      `json:"diff,omitempty"`
}

// setUpBoot makes the layers those of the choice, and no others, and reports it.
func (a *app) setUpBoot(ctx context.Context, verb string, b booting, choice boot.Choice, dryRun bool) error {
	r, err := a.setUp(ctx, b, choice, dryRun)
	if err != nil {
		return err
	}
	if a.json {
		return document{Verb: verb, Result: r}.print(a.Out)
	}
	if dryRun {
		fmt.Fprint(a.Out, r.Diff)
		for _, command := range r.Commands {
			fmt.Fprintf(a.Out, "would run %s\n", command)
		}
	}
	return nil
}

// setUp makes the layers those of the choice, and says what it does as it goes:
// a generator takes minutes.
func (a *app) setUp(ctx context.Context, b booting, choice boot.Choice, dryRun bool) (setupResult, error) {
	r := setupResult{Layers: append([]boot.Name{}, choice.Layers...), Reasons: choice.Reasons, Files: []string{}, Commands: []string{}}
	for _, name := range b.enabled {
		if !slices.Contains(choice.Layers, name) {
			r.Removed = append(r.Removed, name)
		}
	}
	if len(choice.Layers) > 0 {
		r.Warnings = b.withoutPciback()
	}
	r.Warnings = append(r.Warnings, b.host.Conflicts(b.devices, choice.Layers)...)
	if !a.json {
		a.warnOf(r.Warnings)
	}
	setup, err := boot.Prepare(ctx, b.host, b.devices, choice.Layers)
	if err != nil {
		return r, err
	}
	for _, c := range setup.Changes {
		r.Files = append(r.Files, c.Path)
		if dryRun {
			r.Diff += c.Diff()
		}
	}
	for _, c := range setup.Commands {
		r.Commands = append(r.Commands, c.String())
	}
	if !a.json {
		a.announce(r, b.host, setup, dryRun)
	}
	if dryRun {
		return r, nil
	}
	return r, setup.CarryOut(ctx)
}

// announce says which layers it is to be, and what is about to happen.
func (a *app) announce(r setupResult, h *boot.Host, setup boot.Setup, dryRun bool) {
	fmt.Fprintf(a.Out, "layers: %s\n", layerWords(r.Layers))
	for _, reason := range r.Reasons {
		fmt.Fprintf(a.Out, "    %s\n", reason)
	}
	if len(r.Removed) > 0 {
		fmt.Fprintf(a.Out, "takes away: %s\n", layerWords(r.Removed))
	}
	switch {
	case setup.Nothing():
		fmt.Fprintln(a.Out, "everything is as it should be already")
	case !dryRun:
		for _, c := range setup.Changes {
			verb := "writes"
			if !c.New.Exists {
				verb = "removes"
			}
			fmt.Fprintf(a.Out, "%s %s\n", verb, c.Path)
		}
		verb := "runs"
		if h.Run == nil { // below another root nothing runs: it would not be that machine's
			verb = "has to be run on that machine:"
		}
		for _, command := range r.Commands {
			fmt.Fprintf(a.Out, "%s %s\n", verb, command)
		}
	}
}
