// Package console finds out by which devices people see and use dom0: screens, the
// kernel's consoles, and keyboards.
//
// It reads sysfs and /proc, and changes nothing.
package console

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Scan reads the consoles and adds what needs them to b. devices are all PCI
// functions, read with pci.WithDriver and pci.WithRegions. xen are the command lines of
// Xen. What cannot be read becomes a finding.
func Scan(b *graph.Builder, fsys sysfs.FS, devices []pci.Device, xen []grub.CommandLine) {
	s := &scan{Builder: b, fsys: fsys, devices: devices}
	s.screens()
	s.serialConsoles()
	s.xenConsoles(xen)
	s.keyboards()
}

// scan is one reading of the consoles.
type scan struct {
	*graph.Builder
	fsys    sysfs.FS
	devices []pci.Device
}

// needOneOf adds that one of several things must stay. word is what one of them is
// called.
func (s *scan) needOneOf(code graph.Code, subject, word string, all []*graph.Node) {
	switch {
	case len(all) > 1:
		s.Need(graph.Need{
			Code: code, Severity: graph.Refuse, Subject: subject,
			On: &graph.Node{Kind: graph.Alternatives, Name: fmt.Sprintf("%d %ss", len(all), word), On: all, Least: 1},
		})
	case len(all) == 1 && len(all[0].On) == 1:
		s.Need(graph.Need{
			Code: code, Severity: graph.Refuse, Subject: fmt.Sprintf("the only %s (%s)", word, all[0]),
			On: all[0].On[0],
		})
	}
}

// owner returns the PCI function behind an entry of /sys/class; nil for a virtual
// one. Before Linux 2.6.26 such an entry is a folder with a link "device".
func (s *scan) owner(name string) *graph.Node {
	_, err := s.fsys.Readlink(name)
	if err != nil && !sysfs.IsNotExist(err) && !errors.Is(err, syscall.EINVAL) {
		s.Unknown(graph.ConsoleUnknown, graph.Warn, name, "cannot tell which device "+name+" belongs to", err)
	}
	if function := s.FunctionOf(s.fsys.Resolve(name)); function != nil {
		return function
	}
	return s.FunctionOf(s.fsys.Resolve(name + "/device"))
}

// entries returns the names in a folder of /sys/class, sorted; none where this
// kernel has no such class.
func (s *scan) entries(class string) []string {
	names, err := s.fsys.List(class)
	if err != nil && !sysfs.IsNotExist(err) {
		s.Unknown(graph.ConsoleUnknown, graph.Warn, class, class+" cannot be read", err)
	}
	slices.Sort(names)
	return names
}
