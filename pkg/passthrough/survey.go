package passthrough

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/seen"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Surveyed is what shows of a device at little cost, and the names that Choose takes for it.
type Surveyed struct {
	Device Device   // without what Survey does not look at
	Names  []string // of its interfaces and disks, now or before it was hidden; with which it is declared
}

// Survey returns what shows at little cost of all devices, in order: class, names, driver,
// and the state as far as sysfs and the tables of the kernel tell it. It looks at no process,
// asks neither xenstored nor the hypervisor, and reads nothing that may wait. So it does not
// know which guest has a hidden device, and a device that is free in a survey may be in
// use: what could not be found out, by a caller who is not root, is left out. If names is nil, the names are numbers.
func (v *View) Survey(names *pci.Names) ([]Surveyed, error) {
	devices, err := v.allDevices()
	if err != nil && len(devices) == 0 {
		return nil, asError(err)
	}
	needed := usage.Glance(v.host.root, devices)
	var former map[pci.Address]seen.Card
	var declared map[pci.Address][]string
	if !v.host.Unfinished() { // else reading a device may wait
		former, declared = v.formerParts(devices), v.declaredNames()
	}
	all := make([]Surveyed, len(devices))
	for i, d := range devices {
		s := &all[i]
		s.Device = Device{
			Address: d.Address, Class: fmt.Sprintf("%06x", uint32(d.Class)), ClassName: names.Class(d.Class),
			Vendor: fmt.Sprintf("%04x", d.Vendor), Device: fmt.Sprintf("%04x", d.Device),
			Name: names.Model(d), Short: names.Short(d), Driver: d.Driver, Hidden: d.Driver == pciback.Name, Slot: pciback.SlotUnknown, KernelNames: v.KernelNames(d.Address),
		}
		s.Names = slices.Clone(s.Device.KernelNames)
		if card, ok := former[d.Address]; ok {
			s.Device.Was = newWas(card)
			s.Names = append(s.Names, s.Device.Was.Names()...)
		}
		s.Names = append(s.Names, declared[d.Address]...)
		if !s.Device.Hidden {
			s.Device.Findings = newFindings(needed.Known(d.Address))
		}
		s.Device.State = s.Device.state()
	}
	return all, nil
}

// formerParts returns what hidden devices were.
func (v *View) formerParts(devices []pci.Device) map[pci.Address]seen.Card {
	var hidden []pci.Address
	for _, d := range devices {
		if d.Driver == pciback.Name {
			hidden = append(hidden, d.Address)
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	memory, err := seen.Open(v.fs)
	if err != nil {
		return nil
	}
	return memory.Of(v.host.root, devices, hidden)
}

// declaredNames returns the names with which devices are declared, by where they are now.
func (v *View) declaredNames() map[pci.Address][]string {
	list, err := v.openList()
	if err != nil || !slices.ContainsFunc(list.Devices(), func(d config.Declared) bool { return d.Name != "" }) {
		return nil
	}
	found, err := v.find(list)
	if err != nil {
		return nil
	}
	names := map[pci.Address][]string{}
	for _, f := range found.findings {
		if f.Name != "" && f.Found() {
			names[f.Now] = append(names[f.Now], prose.Printable(f.Name))
		}
	}
	return names
}

// Drivers returns the drivers for PCI devices that the kernel has now, without pciback, in
// order: what UnhideOptions.Driver can be.
func (h *Host) Drivers() []string {
	names, _ := h.Look().fs.List(driversDir) // without it there are none
	names = slices.DeleteFunc(names, func(name string) bool { return name == pciback.Name })
	slices.Sort(names)
	return names
}
