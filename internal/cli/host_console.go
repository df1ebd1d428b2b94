package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostConsoleCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "console",
		Short: "Follow the serial console from the firmware to a login, link by link",
		Long: `console follows the serial console of the host when it boots next, link by link:

  firmware     its own console, where ACPI tells of it (SPCR)
  boot_loader  the menu, by its commands serial and terminal
  xen          com1= or com2=, and console=, on Xen's command line
  dom0         console= on the line of dom0's kernel: hvc0 is Xen's console, and the
               last console= is /dev/console
  getty        a login prompt on hvc0: systemd, inittab, OpenRC, upstart
  securetty    whether root may log in there, if there is such a file

Each link holds, is broken, or is unknown if the files do not tell. Then come the
place, and what to do. Port and speed have to be the same in all of them. On a
line of its own stands whether the running system shows the link: proven, refuted or
unproven. It changes nothing.

Xen's own running command line and its log are asked from Xen, which takes root.

Exit status: 0 no link is broken; 1 at least one is. A link that is unknown does not
change the exit status, nor does what the running system shows.`,
		Example: `  xenpci host console
  xenpci host console --json
  xenpci --root /mnt host console`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			c := a.host.Look().HostConsole()
			if a.json {
				return a.print("host console", c.Class(), c)
			}
			printHostConsole(a.Out, c)
			return reported(c.Class())
		},
	}
}

func printHostConsole(w io.Writer, c passthrough.HostConsole) {
	switch {
	case c.Port == "":
		fmt.Fprintln(w, "serial console: none")
	case c.Speed == 0:
		fmt.Fprintf(w, "serial console: %s\n", c.Port)
	default:
		fmt.Fprintf(w, "serial console: %s, %d baud\n", c.Port, c.Speed)
	}
	for _, l := range c.Links {
		printHostLink(w, l)
	}
}

// linkIndent stands before the lines of a link after its first.
const linkIndent = "    "

func printHostLink(w io.Writer, l passthrough.HostConsoleLink) {
	fmt.Fprintf(w, "%s: %s\n", l.Name, l.State)
	var lines []string
	if l.Place != nil {
		lines = append(lines, placeWords(*l.Place))
	}
	if l.Word != "" {
		lines = append(lines, l.Word)
	}
	lines = append(lines, l.Reason)
	if l.Advice != "" {
		lines = append(lines, "advice: "+l.Advice)
	}
	lines = append(lines, "now: "+string(l.Proof)+", "+l.Evidence)
	for _, line := range lines {
		for _, part := range wrap(printable(line, maxSentence), usualColumns-len(linkIndent)) {
			fmt.Fprintln(w, linkIndent+part)
		}
	}
}
