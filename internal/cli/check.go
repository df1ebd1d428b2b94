package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

func newCheckCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [ID...]",
		Short: "Say whether a device can be taken from dom0, and what it would cost",
		Long: `check says what would be lost if hide took a device: which file system, swap,
network, console or guest is on it, by which chain, and what would stand in the
way of a guest, and which kinds of guest could have it at all: PV, HVM. Without
an ID it checks every device. It changes nothing.

Its exit status is 3 if dom0 needs one of the devices.`,
		Example: `  xenpci check 01:00.0
  xenpci check --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(cmd.Context(), a, args)
		},
	}
}

func runCheck(ctx context.Context, a *app, ids []string) error {
	chosen, err := a.selectDevices(ids)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		if chosen, err = pci.List(a.root); err != nil && len(chosen) == 0 {
			return err
		}
	}
	a.recoverFirst(ctx)
	names, err := a.names()
	if err != nil {
		return err
	}
	described, notes, broken := a.describeAll(ctx, chosen, names)
	if broken != nil && len(described) == 0 {
		return broken
	}
	status := statusOf(broken)
	for _, d := range described {
		if d.needed() {
			status = StatusRefused
		}
	}
	if a.json {
		return a.printDescriptions("check", described, notes, broken, status)
	}
	a.warnOf(notes)
	for _, d := range described {
		printCheck(a.Out, d)
	}
	a.warnOfAll(broken)
	return printed(status)
}

// printCheck prints a line on the device, and one for each thing to know.
func printCheck(w io.Writer, d description) {
	fmt.Fprintf(w, "%s %s: %s\n", d.Address, d.Name, d.checkVerdict())
	for _, f := range d.Findings {
		word := f.Level
		if f.About == "guest" {
			word = f.About
		}
		fmt.Fprintf(w, "    %s: %s\n", word, f)
	}
	if d.Hide.Verdict == "refused" && !d.needed() {
		fmt.Fprintf(w, "    %s\n", d.Hide.Reason)
	}
	if len(d.Guests) > 0 {
		fmt.Fprintf(w, "    guests: %s\n", d.Guests)
	}
	if d.CanReset || len(d.ResetMethods) > 0 { // the guard says where it cannot be
		fmt.Fprintf(w, "    reset: %s\n", d.reset())
	}
	if len(d.Siblings) > 0 {
		fmt.Fprintf(w, "    beside it: %s\n", addresses(d.Siblings))
	}
}

// needed says whether the guard refuses the device.
func (d description) needed() bool {
	return len(d.Findings) > 0 && d.Findings[0].Level == graph.Refuse.String()
}

// checkVerdict is the whole report in a word or three.
func (d description) checkVerdict() string {
	switch {
	case d.needed():
		return "dom0 needs it"
	case d.Hide.Verdict == "refused":
		return "cannot be hidden"
	case d.Hidden:
		return "hidden already"
	}
	return "free"
}
