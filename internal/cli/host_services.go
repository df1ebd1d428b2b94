package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostServicesCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "services",
		Short: "Show which of Xen's services start at boot, in which order, and which run",
		Long: `services shows the init system, the target or runlevel that the host boots into, and
the releases of Xen that the host has tools for. Then there is a line for each
service of Xen and of xenpci that is installed: xencommons or its parts, Debian's
xen, xend, xendomains, the watchdog, libvirt. Those that start at boot come first, in
their order. Last there is what is wrong: work that no service does, a service that is
not enabled or does not run, tools of another release than the hypervisor, a service of
xenpci that may start too late.

The state is "running", "done" (it was started, and no program of it has to run),
"stopped" or "unknown". It is read from /proc and /run; no program is run.`,
		Example: `  xenpci host services
  xenpci host services --json
  xenpci --root /mnt host services`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			return runHostServices(a)
		},
	}
}

func runHostServices(a *app) error {
	s := a.host.Look().HostServices()
	if a.json {
		return a.print("host services", passthrough.ClassDone, s)
	}
	printInit(a.Out, s)
	if len(s.Services) > 0 {
		t := table{titles: []string{"SERVICE", "STARTED BY", "STATE", "PROGRAMS", "FILE"}, narrow: []narrowing{{4, 12}, {3, 12}, {1, 10}, {4, 0}}}
		for _, service := range s.Services {
			t.rows = append(t.rows, []cell{{service.Name, plain}, {starterWords(service), plain}, {string(service.State), plain}, {programWords(service.Programs), plain}, {service.File, plain}})
		}
		if err := t.print(a.Out, screenOf(a.Out)); err != nil {
			return err
		}
	} else if len(s.Programs) > 0 {
		fmt.Fprintln(a.Out, "running programs: "+programWords(s.Programs))
	}
	for _, p := range s.Problems {
		text := withAdvice(p.Reason, p.Advice)
		if p.Service != "" {
			text = p.Service + ": " + text
		}
		fmt.Fprintf(a.Out, "%s [%s]\n", text, p.Code)
	}
	return nil
}

// printInit prints what starts the services.
func printInit(w io.Writer, s passthrough.HostServices) {
	text := cmp.Or(s.Init, "not known")
	if s.Init != "" && !s.Running {
		text += ", not running"
	}
	if s.Target != "" {
		text += ", boots into " + s.Target
	}
	if s.Level != "" && s.Level != s.Target {
		text += ", is in " + s.Level
	}
	fmt.Fprintln(w, "init: "+text)
	xen := cmp.Or(s.Xen, "not running")
	if s.NextXen != "" && s.NextXen != s.Xen {
		xen += ", next boot " + s.NextXen
	}
	fmt.Fprintln(w, "Xen: "+xen)
	var tools []string
	for _, t := range s.Tools {
		tools = append(tools, t.Release+" ("+t.Path+")")
	}
	fmt.Fprintln(w, "tools for Xen: "+cmp.Or(strings.Join(tools, ", "), "release not known"))
}

// starterWords is what starts a service.
func starterWords(s passthrough.HostService) string {
	switch {
	case s.Masked:
		return "masked"
	case len(s.Starts) == 0:
		return "nothing"
	}
	words := strings.Join(s.Starts, " ")
	if len(s.Starts[0]) == 1 {
		return "runlevel " + words
	}
	return words
}

// programWords are programs with their process IDs.
func programWords(programs []passthrough.HostProgram) string {
	var words []string
	for _, p := range programs {
		words = append(words, fmt.Sprintf("%s %d", p.Name, p.PID))
	}
	return strings.Join(words, ", ")
}
