package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newCheckCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [ID...]",
		Short: "Check whether a device can be taken from dom0, and what that would cost",
		Long: `check prints what would be lost if hide took a device: which file system, swap,
network, console or guest is on it, by which chain; what the administrator of a
guest should know of it; and which kinds of guest could have it: PV, HVM, PVH.
Without an ID it checks every device. It changes nothing.

With IDs the exit status is 3 if hide would refuse one of the devices, alone or together
with the others. Without, it is 0 if at least one device can be given to a guest, and 3
if none can. It is 1 if a device could not be examined. What could not be found out
about a device is a warning, and does not change the exit status: run it as root.`,
		Example: `  xenpci check 01:00.0
  xenpci check --json`,
		ValidArgsFunction: a.completeIDs(anyDevice),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(cmd.Context(), a, args)
		},
	}
}

func runCheck(ctx context.Context, a *app, ids []string) error {
	view := a.host.Look()
	chosen, err := view.Choose(ctx, ids...)
	if err != nil {
		return err
	}
	a.sayMeant(chosen.Meant)
	devices := chosen.Devices
	if len(ids) == 0 {
		if devices, err = view.Addresses(); err != nil && len(devices) == 0 {
			return err
		}
	}
	described, err := a.describe(ctx, view, devices)
	if err != nil {
		return err
	}
	class := described.ClassOfSome()
	if len(ids) > 0 {
		described.Refusals = view.Refusals(ctx, devices, chosen.Together)
		class = described.Class()
	}
	if a.json {
		return a.print("check", class, described)
	}
	a.warnOf(described.Notes)
	for _, d := range described.Devices {
		printCheck(a.Out, a.screenOf(), d)
	}
	printTogether(a.Out, described)
	a.warnOfErrors(described.Errors)
	return reported(class)
}

// printTogether prints why hide would refuse devices that it would take alone.
func printTogether(w io.Writer, described passthrough.Described) {
	for _, refusal := range described.Refusals {
		alone := slices.ContainsFunc(described.Devices, func(d passthrough.Device) bool {
			return refusal.Device != nil && d.Address == *refusal.Device && d.Hide.Verdict == passthrough.VerdictRefused
		})
		if !alone && len(described.Devices) > 1 {
			fmt.Fprintf(w, "together: %s\n", refusal)
		}
	}
}

// printCheck prints a line on the device, and one for each thing to know.
func printCheck(w io.Writer, s screen, d passthrough.Device) {
	say := func(indent int, format string, values ...any) {
		fmt.Fprintln(w, s.paragraph(fmt.Sprintf(format, values...), indent))
	}
	say(0, "%s %s: %s", d.Address, d.Name, checkVerdict(d))
	for _, f := range d.Findings {
		say(4, "%s: %s", f.Level, withAdvice(f.Reason, f.Advice))
	}
	for _, h := range d.Hints {
		say(4, "guest: %s", withAdvice(h.Reason, h.Advice))
	}
	if d.Hide.Verdict == passthrough.VerdictRefused && !d.Needed() {
		say(4, "%s", withAdvice(d.Hide.Reason, d.Hide.Advice))
	}
	if kinds := guestKinds(d.Guests); kinds != "" {
		say(4, "guests: %s", kinds)
	}
	if !d.NoAnswer && (d.CanReset || len(d.ResetMethods) > 0) { // a hint says where it cannot be reset
		say(4, "reset: %s", reset(d))
	}
	if len(d.Siblings) > 0 {
		say(4, "beside it: %s", addresses(d.Siblings))
	}
}

// withAdvice is a reason with what to do, on one line.
func withAdvice(reason, advice string) string {
	if advice == "" {
		return reason
	}
	return reason + "; " + advice
}

// checkVerdict is the whole report in a few words.
func checkVerdict(d passthrough.Device) string {
	switch {
	case d.State == passthrough.DeviceHostPart, d.State == passthrough.DeviceTogether, d.State == passthrough.DeviceVFsHidden:
		return stateCell(d, false).text
	case d.Needed():
		return "dom0 needs it"
	case d.Hide.Verdict == passthrough.VerdictRefused:
		return "cannot be hidden"
	case d.NoAnswer:
		return "does not answer"
	case d.Hidden:
		return "hidden already"
	case noGuest(d.Guests):
		return "free, but no guest can have it"
	}
	return "free"
}
