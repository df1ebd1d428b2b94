package console

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/grub"
)

// consoleLimit is how much of /proc/consoles is read, in bytes.
const consoleLimit = 64 << 10

// serialConsoles adds the kernel's consoles that are not screens: on serial cards,
// and on adapters at a USB controller. Reading /proc/consoles (since Linux 2.6.38)
// takes the lock of the consoles, which is held only while a line is printed.
func (s *scan) serialConsoles() {
	registered, err := s.fsys.Read("/proc/consoles", consoleLimit)
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
	names := append(parseConsoles(string(registered)), parseCmdline(cmdline)...)
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

// parseConsoles reads the names of the consoles in use out of /proc/consoles:
//
//	ttyS0                -W- (EC  p a)    4:64
//
// (fs/proc/consoles.c), where E stands for enabled. Lines of another form are
// passed over.
func parseConsoles(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, " ")
		_, rest, _ = strings.Cut(rest, "(")
		flags, _, ok := strings.Cut(rest, ")")
		if ok && strings.Contains(flags, "E") && isDeviceName(name) {
			names = append(names, name)
		}
	}
	return names
}

// parseCmdline reads the names of the consoles on the kernel's command line:
// console=ttyS0,115200n8. Some of them appear when their driver is loaded. What
// follows " -- " is for init.
func parseCmdline(text string) []string {
	var names []string
	for _, a := range grub.ParseCommandLine(text).All("console") {
		name, _, _ := strings.Cut(a.Value, ",")
		if !a.AfterDashes && isDeviceName(name) {
			names = append(names, name)
		}
	}
	return names
}

// isDeviceName reports whether s can be the name of a tty, and does not change the
// folder of a path that it becomes part of.
func isDeviceName(s string) bool {
	const longest = 64
	return s != "" && len(s) <= longest && s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' })
}
