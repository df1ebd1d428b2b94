package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// statusOptions are the flags of status.
type statusOptions struct{ watch, quiet bool }

func newStatusCmd(a *app) *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status [ID...]",
		Short: "Show Xen, the IOMMU and pciback, and what is hidden, assigned or declared",
		Long: `status prints a line each on Xen, the IOMMU, pciback, the devices and what hides
them at boot, with what to do where something is missing; and a line for each
device that is hidden, registered in pciback's slots, assigned to a guest,
declared, wanted by driver_override or hide=, or left unfinished by an earlier run:

  STATE       hidden, the guest that has it, or what is wrong; of a declared device
              that was not found "absent", "absent, reserved" (it goes to pciback's slot
              when it appears), "other card" or "ambiguous"
  DRIVER      the driver that has it; of a hidden one the driver that it came from, or ?
  QUARANTINE  yes: Xen took it when it was hidden; no IOMMU; ?: another program hid it
  AT BOOT     whether it is declared, and the enabled layers; 'xenpci verify'
              checks that they have it

Below a device is what it was in dom0, its network interface or its disk, that it is
permissive if a guest may write all of its configuration space, and what is unfinished
or wrong. On a terminal, lines that ask for something begin with "!".

With IDs it prints the lines of those devices, whatever their state. With --watch it
prints them again whenever xenpcid sees a change.`,
		Example: `  xenpci status
  xenpci status 00:09.0
  xenpci status -q
  xenpci status --watch`,
		ValidArgsFunction: a.completeIDs(anyDevice),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.quiet && a.json:
				return &usageError{errors.New("--json prints everything: it does not go with -q")}
			case o.watch:
				return watchStatus(cmd.Context(), a, o, args)
			}
			return runStatus(cmd.Context(), a, o, args)
		},
	}
	cmd.Flags().BoolVar(&o.watch, "watch", false, "print again whenever xenpcid sees a change, until it is interrupted")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print only the addresses of the devices, one a line")
	return cmd
}

// watchStatus prints the status at once, and again after each change that the daemon
// tells of.
func watchStatus(ctx context.Context, a *app, o *statusOptions, ids []string) error {
	first := true
	return a.subscribe(ctx, func(json.RawMessage) error {
		if !first && !a.json {
			fmt.Fprintln(a.Out)
		}
		first = false
		return runStatus(ctx, a, o, ids)
	})
}

func runStatus(ctx context.Context, a *app, o *statusOptions, ids []string) error {
	view := a.host.Look()
	chosen, err := view.Choose(ctx, ids...)
	if err != nil {
		return err
	}
	a.sayMeant(chosen.Meant)
	if a.recoverFirst(ctx) {
		view = a.host.Look()
	}
	status, err := view.Status(ctx, chosen.Devices...)
	if err != nil {
		return err
	}
	if a.json {
		return a.print("status", passthrough.ClassDone, status)
	}
	a.warnOf(status.Notes)
	if o.quiet {
		for _, d := range status.Devices {
			fmt.Fprintln(a.Out, d.Device)
		}
		return nil
	}
	return printStatus(a.Out, a.screenOf(), status, len(ids) == 0)
}

// printStatus prints the machine and the devices. all is whether the status is about the whole machine.
func printStatus(w io.Writer, s screen, status passthrough.Status, all bool) error {
	out := bufio.NewWriter(w) // keeps its error for Flush
	for _, f := range machineFacts(status, all) {
		_, _ = out.WriteString(s.said(f.text, f.mark, 0) + "\n")
	}
	switch {
	case len(status.Devices)+len(status.NotFound) > 0:
		_, _ = out.WriteString(statusTable(s, status))
	case all:
		_, _ = out.WriteString(s.said("nothing is hidden; 'xenpci list --passthrough' shows what can be", noMark, 0) + "\n")
	}
	return out.Flush()
}

func pcibackLine(p passthrough.Pciback) string {
	text := p.Presence.String()
	if p.Presence == passthrough.PresenceLoaded {
		text += fmt.Sprintf(" (module %s)", p.Module)
	}
	switch {
	case p.Presence == passthrough.PresenceBlocked:
		text += ": " + p.Problem
	case p.Problem != "":
		text += "; " + p.Problem
	}
	if p.Advice != "" {
		text += "; " + p.Advice
	}
	if p.Cut {
		text += fmt.Sprintf("; more slots are registered than the kernel shows (%d)", p.Slots)
	}
	return text
}
