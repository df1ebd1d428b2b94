package storage

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// untraced is something that dom0 or a guest needs, and of which it cannot be told on which
// disks it is.
type untraced struct {
	code    graph.Code
	subject string
	plural  bool
	on      []*graph.Node // the disks that it may be on; nil for any
}

// needUntraced needs the disks that untraced things may be on: those that nothing else
// explains. devices are all PCI functions.
func (d *disks) needUntraced(needs []graph.Need, devices []pci.Device) {
	lost := d.lost
	for _, need := range needs {
		may := d.obscure
		if need.Code != graph.GuestDisk && need.Code != graph.OpenDisk {
			may = slices.Concat(d.obscure, d.served)
		}
		if need.Severity == graph.Refuse && need.On != nil && slices.ContainsFunc(may, need.On.Reaches) {
			lost = append(lost, untraced{code: graph.DiskUnknown, subject: need.Subject, plural: need.Plural})
		}
	}
	if len(lost) == 0 {
		return
	}
	anywhere := d.unexplained(needs)
	if len(anywhere) == 0 {
		anywhere = d.withoutDisks(devices)
	}
	for _, u := range lost {
		on := u.on
		if on == nil {
			on = anywhere
		}
		for _, n := range on {
			d.Need(graph.Need{Code: u.code, Severity: graph.Refuse, Subject: u.subject, Plural: u.plural, Doubtful: true, On: n})
		}
	}
}

// unexplained returns a disk of each PCI function that has disks which nothing is known to
// need.
func (d *disks) unexplained(needs []graph.Need) (found []*graph.Node) {
	seen := make(map[*graph.Node]bool)
	for _, name := range d.names {
		n := d.blocks[name]
		if n == nil || n.Kind != graph.Disk || !d.holdsData(name) || slices.ContainsFunc(needs, func(need graph.Need) bool {
			return need.On != nil && need.On.Reaches(n)
		}) {
			continue
		}
		for _, function := range n.Functions() {
			if !seen[function] {
				seen[function] = true
				found = append(found, n)
			}
		}
	}
	return found
}

// holdsData reports whether a disk can have a file system that stays: there is a medium, and
// it is no optical disc and no floppy.
func (d *disks) holdsData(name string) bool {
	if strings.HasPrefix(name, "sr") || strings.HasPrefix(name, "fd") {
		return false
	}
	size, err := d.fsys.Attribute(classBlock + "/" + name + "/size")
	return err != nil || size != "0"
}

// withoutDisks returns the storage controllers that have a driver and show no disk: its
// disks may be among those of which sysfs does not show what they are on.
func (d *disks) withoutDisks(devices []pci.Device) (found []*graph.Node) {
	shown := make(map[*graph.Node]bool)
	for _, n := range d.blocks {
		for _, function := range n.Functions() {
			shown[function] = true
		}
	}
	for _, device := range devices {
		n := d.Function(device.Address)
		if device.Class.Base() == pci.BaseStorage && device.Driver != "" && device.Driver != pciback.Name && !shown[n] {
			found = append(found, n)
		}
	}
	return found
}
