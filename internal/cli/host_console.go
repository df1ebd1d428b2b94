package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// hostConsoleOptions are the flags of host console.
type hostConsoleOptions struct {
	passthrough.HostConsoleOptions
	write bool
}

// usualBaud is the speed of a console that is set up without --baud.
const usualBaud = 115200

func newHostConsoleCmd(a *app) *cobra.Command {
	o := &hostConsoleOptions{}
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Follow the serial console from the firmware to a login, link by link; set it up",
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
unproven. Without --write and --remove it changes nothing.

Xen's own running command line and its log are asked from Xen, which takes root.

--write makes the links hold from the next boot on, and says what it changes: the
words of Xen's line and of dom0's, also for the recovery entries, the settings of
GRUB's menu, a login in the inittab or a job of upstart where the init system needs
one, and securetty where it exists. Other consoles, such as the screen, stay. It
runs the system's generator and reads back every link; if one does not hold, it
takes everything back. What it does not mend is named. --remove takes away what
--write wrote, and gives back the bytes that were there before.

Exit status: 0 no link is broken; 1 at least one is. A link that is unknown does not
change the exit status, nor does what the running system shows. With --remove it is
0 once that is done.`,
		Example: `  xenpci host console
  xenpci host console --write --port com1 --baud 115200 --dry-run --diff
  xenpci host console --write --port com1
  xenpci host console --remove`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			if o.write || o.Remove {
				return runHostConsoleChange(cmd.Context(), a, o.HostConsoleOptions)
			}
			c := a.host.Look().HostConsole()
			if a.json {
				return a.print("host console", c.Class(), c)
			}
			printHostConsole(a.Out, c)
			return reported(c.Class())
		}),
	}
	cmd.Flags().BoolVar(&o.write, "write", false, "make the links hold from the next boot on")
	cmd.Flags().BoolVar(&o.Remove, "remove", false, "take away what --write wrote")
	cmd.Flags().StringVar(&o.Port, "port", "com1", "Xen's name of the serial port: com1 or com2; for --write")
	cmd.Flags().IntVar(&o.Speed, "baud", usualBaud, "the speed of the port, in baud; for --write")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
	return cmd
}

// check returns which flags do not go together.
func (o *hostConsoleOptions) check(cmd *cobra.Command) error {
	if o.write && o.Remove {
		return &usageError{errors.New("--write and --remove exclude each other")}
	}
	for _, name := range []string{"port", "baud"} {
		if cmd.Flags().Changed(name) && !o.write {
			return &usageError{fmt.Errorf("--%s is for --write", name)}
		}
	}
	if o.DryRun && !o.write && !o.Remove {
		return &usageError{errors.New("--dry-run is for --write and --remove")}
	}
	return nil
}

func runHostConsoleChange(ctx context.Context, a *app, o passthrough.HostConsoleOptions) error {
	if err := a.needRoot("host console", o.DryRun); err != nil {
		return err
	}
	c, err := a.host.Look().ChangeHostConsole(ctx, o, func(c passthrough.HostConsoleChange) {
		if !a.json {
			a.announceConsole(c)
		}
	})
	if err != nil {
		return err
	}
	class := passthrough.ClassDone
	switch {
	case o.Remove:
	case o.DryRun || c.Change.Elsewhere: // the boot loader's file is not what it will be
		class = passthrough.HostConsole{Links: c.Change.Left}.Class()
	default:
		class = c.Class()
	}
	if a.json {
		return a.print("host console", class, c)
	}
	if o.DryRun {
		a.printPlan(passthrough.BootChange{Files: c.Change.Files, Commands: c.Change.Commands, Diff: c.Change.Diff})
	}
	return reported(class)
}

// announceConsole prints which words change, what stays broken, and what is about to happen.
func (a *app) announceConsole(c passthrough.HostConsoleChange) {
	for _, line := range []struct {
		name string
		passthrough.HostLineChange
	}{{"xen", c.Xen}, {"dom0", c.Dom0}} {
		for _, word := range line.Removed {
			fmt.Fprintf(a.Out, "%s: - %s\n", line.name, word)
		}
		for _, word := range line.Added {
			fmt.Fprintf(a.Out, "%s: + %s\n", line.name, word)
		}
	}
	for _, l := range c.Left {
		a.warn(string(l.Name) + ": " + withAdvice(l.Reason, l.Advice))
	}
	if c.Nothing() {
		fmt.Fprintln(a.Out, "everything is as it should be already")
	}
	if !c.DryRun && !c.Nothing() {
		a.announceFiles(c.Files, c.Commands, c.Elsewhere)
	}
}

func printHostConsole(w io.Writer, c passthrough.HostConsole) {
	unknown := func(l passthrough.HostConsoleLink) bool {
		return l.Name == passthrough.HostLinkXen && l.State == passthrough.HostLinkUnknown
	}
	switch {
	case c.Port == "" && slices.ContainsFunc(c.Links, unknown):
		fmt.Fprintln(w, "serial console: unknown")
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
