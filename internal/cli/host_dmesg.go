package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostDmesgCmd(a *app) *cobra.Command {
	follow := false
	cmd := &cobra.Command{
		Use:   "dmesg",
		Short: "Print the log of the running Xen, with the lines marked that tell of trouble",
		Long: `dmesg prints what Xen has kept of its own messages, as 'xl dmesg' does, but needs
neither xl nor xenstored: only the kernel's module xen-privcmd. It changes nothing in
Xen, and can be run beside 'xl dmesg'.

Each line has two columns before it:

  !  Xen did not take a part of its command line (unknown!, invalid value,
     Bad console=), it or dom0 crashed, it found something wrong in itself, or the
     IOMMU stopped an access of a device or reports an error
  i  another line on the IOMMU or on interrupt remapping

With --json each line has the field "mark": unknown_option, invalid_value,
bad_console, panic, warning, iommu_fault or iommu.

Xen keeps its messages in a ring (conring_size= on its command line): when it is full,
new lines take the place of the oldest ones. dmesg prints how much is lost, and where.
If the beginning is lost, or loglvl= keeps messages out, then no line about an option
does not mean that Xen took it.

With --follow it goes on with new lines until it is interrupted; with --json too,
each line is then a JSON object of its own.`,
		Example: `  xenpci host dmesg
  xenpci host dmesg | grep '^!'
  xenpci host dmesg --follow --json`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runHostDmesg(cmd.Context(), a, follow)
		}),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with new lines until it is interrupted")
	return cmd
}

// xenLog is what --json prints of a log that is not followed.
type xenLog struct {
	Lines []passthrough.XenLogLine `json:"lines"`
}

func runHostDmesg(ctx context.Context, a *app, follow bool) error {
	view := a.host.Look()
	switch {
	case a.json && follow:
		lines := json.NewEncoder(a.Out)
		lines.SetEscapeHTML(false)
		return view.XenLog(ctx, true, func(l passthrough.XenLogLine) error { return lines.Encode(l) })
	case a.json:
		log := xenLog{Lines: []passthrough.XenLogLine{}}
		err := view.XenLog(ctx, false, func(l passthrough.XenLogLine) error {
			log.Lines = append(log.Lines, l)
			return nil
		})
		if err != nil {
			return err
		}
		return a.print("host dmesg", passthrough.ClassDone, log)
	}
	s := screenOf(a.Out)
	return view.XenLog(ctx, follow, func(l passthrough.XenLogLine) error { return printXenLogLine(a.Out, s, l) })
}

// longestLogLine is how much of a line is printed, in bytes: more than any has.
const longestLogLine = 4 << 10

// printXenLogLine prints a line with its mark, and before it what was lost.
func printXenLogLine(w io.Writer, s screen, l passthrough.XenLogLine) error {
	if l.Lost > 0 {
		lost := fmt.Sprintf("[%d bytes are lost here: newer lines took their place, or somebody cleared the log]", l.Lost)
		if _, err := fmt.Fprintln(w, s.paint("! "+lost, caution)); err != nil {
			return err
		}
	}
	mark, c := xenLogMark(l.Mark)
	_, err := fmt.Fprintln(w, s.paint(mark+" "+printable(l.Text, longestLogLine), c))
	return err
}

// xenLogMark returns the column before a line of Xen's log, and the line's colour.
func xenLogMark(m passthrough.XenMark) (string, colour) {
	switch m {
	case "":
		return " ", plain
	case passthrough.XenMarkIOMMU:
		return "i", faint
	case passthrough.XenMarkWarning:
		return "!", caution
	}
	return "!", bad
}
