package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newEventsCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "events",
		Short: "Print what happens to the declared devices, as xenpcid sees it",
		Long: `events prints a line for each declared device, and then one for each change of
their state, until it is interrupted: the time, the address, the state, and why.
With --json each line is a JSON object: the first has all devices, each other one
a change.

The states are hidden, assigned (a guest has it), in_dom0, given_back (somebody gave
it back, and xenpcid leaves it alone), refused (dom0 needs it), failed, contested
(lost again and again), absent, other_card and ambiguous.`,
		Example: `  xenpci events
  xenpci events --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runEvents(cmd.Context(), a)
		},
	}
}

func runEvents(ctx context.Context, a *app) error {
	return a.subscribe(ctx, func(raw json.RawMessage) error {
		if a.json {
			_, err := fmt.Fprintf(a.Out, "%s\n", raw)
			return err
		}
		var news passthrough.DaemonNews
		if err := json.Unmarshal(raw, &news); err != nil {
			return err
		}
		return printNews(a.Out, news)
	})
}

// printNews prints a line for each device that the news are about.
func printNews(w io.Writer, news passthrough.DaemonNews) (err error) {
	for _, d := range news.Devices {
		_, err = fmt.Fprintln(w, deviceLine(d.Since, d, ""))
	}
	if c := news.Change; c != nil {
		change := ""
		switch {
		case c.Gone:
			change = "no longer declared"
		case c.Was != "":
			change = "was " + string(c.Was)
		}
		if c.Back != "" {
			change += ", taken back from " + c.Back
		}
		_, err = fmt.Fprintln(w, deviceLine(c.Time, c.DeclaredDevice, change))
	}
	return err
}

// deviceLine is a device on a line, with what has changed.
func deviceLine(at time.Time, d passthrough.DeclaredDevice, change string) string {
	words := []string{at.Local().Format(time.DateTime), d.Device.String(), string(d.State)}
	if d.Name != "" {
		words = append(words, "("+d.Name+")")
	}
	var about []string
	for _, text := range []string{change, d.Guest, onDriver(d), d.Reason} {
		if text != "" {
			about = append(about, text)
		}
	}
	line := strings.Join(words, "  ")
	if len(about) > 0 {
		line += ": " + strings.Join(about, "; ")
	}
	return line
}

// onDriver says which driver has a device that is not hidden.
func onDriver(d passthrough.DeclaredDevice) string {
	switch d.State {
	case passthrough.DeclaredHidden, passthrough.DeclaredAssigned, passthrough.DeclaredAbsent, passthrough.DeclaredAmbiguous:
		return ""
	}
	if d.Driver == "" {
		return "no driver has it"
	}
	return "on " + d.Driver
}
