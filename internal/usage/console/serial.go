package console

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/grub"
)

// serialConsoles adds the kernel's consoles that are not screens: on serial cards,
// and on adapters at a USB controller.
func (s *scan) serialConsoles() {
	registered, err := s.fsys.Consoles()
	cmdline, cmdlineErr := s.fsys.CommandLine()
	switch {
	case sysfs.IsNotExist(err) && cmdlineErr == nil:
		err = nil // an old kernel
	case err == nil && !sysfs.IsNotExist(cmdlineErr):
		err = cmdlineErr
	}
	if err != nil {
		s.Unknown(graph.ConsoleUnknown, graph.Refuse, "", "the kernel's consoles cannot be read", err)
		return
	}
	names := parseCmdline(cmdline)
	for _, c := range registered {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if function := s.owner("/sys/class/tty/" + name); function != nil {
			s.Need(graph.Need{
				Code: graph.SerialConsole, Severity: graph.Refuse, Subject: "the serial console " + name, On: function,
				Advice: "remove console=" + name + " from the kernel's command line and restart first",
			})
		}
	}
}

// parseCmdline reads the names of the consoles on the kernel's command line:
// console=ttyS0,115200n8. Some of them appear when their driver is loaded. What
// follows " -- " is for init.
func parseCmdline(text string) []string {
	var names []string
	for _, a := range grub.ParseCommandLine(text).All("console") {
		name, _, _ := strings.Cut(a.Value, ",")
		if !a.AfterDashes && sysfs.IsDeviceName(name) {
			names = append(names, name)
		}
	}
	return names
}
