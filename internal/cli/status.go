package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func newStatusCmd(a *app) *cobra.Command {
	watch := false
	cmd := &cobra.Command{
		Use:   "status [ID...]",
		Short: "Show what is hidden, registered, assigned or wanted, and whether pciback is there",
		Long: `status prints a line on pciback itself, with what to do when it is not there,
and a line for each device that is hidden, registered in pciback's slots,
assigned to a guest, wanted by driver_override or hide=, or left unfinished by
an earlier run. Below a hidden device is what it was in dom0: its network
interface or its disk. With IDs it prints the lines of those devices, whatever
their state. With --watch it prints them again whenever xenpcid sees a change.`,
		Example: `  xenpci status
  xenpci status 00:09.0
  xenpci status --watch`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if watch {
				return watchStatus(cmd.Context(), a, args)
			}
			return runStatus(cmd.Context(), a, args)
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "print again whenever xenpcid sees a change, until it is interrupted")
	return cmd
}

// watchStatus prints the status at once, and again after each change that the daemon
// tells of.
func watchStatus(ctx context.Context, a *app, ids []string) error {
	first := true
	return a.subscribe(ctx, func(json.RawMessage) error {
		if !first && !a.json {
			fmt.Fprintln(a.Out)
		}
		first = false
		return runStatus(ctx, a, ids)
	})
}

func runStatus(ctx context.Context, a *app, ids []string) error {
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
	return printStatus(a.Out, status)
}

func printStatus(w io.Writer, status passthrough.Status) error {
	fmt.Fprintln(w, "pciback: "+pcibackLine(status.Pciback))
	if len(status.Devices) == 0 {
		return printPrecedences(w, status.Precedences)
	}
	header := []string{"ADDRESS", "DRIVER", "SLOT", "GUEST", "NAME"}
	if slices.ContainsFunc(status.Devices, func(d passthrough.DeviceStatus) bool { return d.Remark != nil }) {
		header = append(header, "REMARK")
	}
	var lines bytes.Buffer
	table := tabwriter.NewWriter(&lines, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, d := range status.Devices {
		cells := append(statusCells(d), statusRemark(d))
		// The last cell is not padded, so that no line ends in blanks.
		fmt.Fprintln(table, strings.TrimRight(strings.Join(cells[:len(header)], "\t"), "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := printWithWas(w, &lines, status.Devices); err != nil {
		return err
	}
	return printPrecedences(w, status.Precedences)
}

// printPrecedences prints which driver gets those declared devices that are not there.
func printPrecedences(w io.Writer, all []passthrough.Precedence) (err error) {
	for _, p := range all {
		if !p.Present {
			_, err = fmt.Fprintf(w, "%s: %s\n", p.Device, withAdvice(p.Reason(), p.Advice()))
		}
	}
	return err
}

// statusColumns is how wide a line is that says what a device was.
const statusColumns = 80

// printWithWas prints a header and a line for each device, and below the lines of
// those that were something in dom0 what that was.
func printWithWas(w io.Writer, lines *bytes.Buffer, devices []passthrough.DeviceStatus) error {
	const indent = "  "
	out := bufio.NewWriter(w) // keeps its error for Flush
	for i := -1; i < len(devices); i++ {
		line, _ := lines.ReadString('\n')
		_, _ = out.WriteString(line)
		if i < 0 {
			continue
		}
		if was := wasLine(devices[i].Was, statusColumns-len(indent)); was != "" {
			_, _ = out.WriteString(indent + was + "\n")
		}
	}
	return out.Flush()
}

func statusCells(d passthrough.DeviceStatus) []string {
	return []string{d.Device.String(), cmp.Or(d.Driver, "-"), d.Slot.String(), cmp.Or(guestCell(d.Guest), "-"), d.Name}
}

// guestCell is a guest in a column; "" for none.
func guestCell(g *pciback.Guest) string {
	if g == nil {
		return ""
	}
	return fmt.Sprintf("%s (%d)", g.Name, g.ID)
}

// statusRemark fits into a column: of what an earlier run left, show has the
// reason.
func statusRemark(d passthrough.DeviceStatus) string {
	switch {
	case d.Remark == nil:
		return ""
	case d.Unfinished != nil && d.Unfinished.Reason != "":
		return string(d.Unfinished.Verb) + " not finished; 'xenpci show " + d.Device.String() + "' says why"
	case d.Error != nil:
		return "cannot be read; 'xenpci show " + d.Device.String() + "' says why"
	}
	return d.Remark.Reason
}

func pcibackLine(p passthrough.Pciback) string {
	text := p.Presence.String()
	if p.Presence == passthrough.PresenceLoaded {
		text += fmt.Sprintf(" (module %s)", p.Module)
	}
	if p.Problem != "" {
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
