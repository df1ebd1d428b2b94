package fit

import (
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/platform"
	"github.com/xenpci/xenpci/pkg/pci"
)

// bridges notes the bridges that no guest can use. Of one that something is behind,
// the guard warns.
func (s *scan) bridges() {
	inUse := make(map[pci.Address]bool)
	for _, d := range s.devices {
		for _, above := range d.Above {
			inUse[above] = true
		}
	}
	for _, d := range s.devices {
		switch {
		case d.Class.Is(pci.ClassCardBusBridge):
			s.hint(Hint{Device: d.Address, Code: CardBusBridge, Reason: "it is a CardBus bridge, which pciback does not take"})
		case isPCIBridge(d) && !inUse[d.Address]:
			s.hint(Hint{Device: d.Address, Code: PCIBridge, Reason: "it is a PCI bridge, which a guest cannot use"})
		}
	}
}

// resets notes the functions that cannot be reset between two guests, or only
// together with others.
func (s *scan) resets() {
	for _, d := range s.devices {
		if d.CanReset || d.Class.Base() == pci.BaseBridge || platform.Part(d, s.classOf) != "" {
			continue
		}
		// Below a port the bus or the slot can be reset, and the kernel does that
		// only where one function is all there is (pci_parent_bus_reset in
		// drivers/pci/pci.c). A root bus has no reset. libvirt resets a bus if it has
		// detached all of its devices (virPCIDeviceReset in src/util/virpci.c).
		if d.Parent == nil || len(d.Siblings) == 0 {
			s.hint(Hint{Device: d.Address, Code: NoReset, Reason: "it cannot be reset: the next guest sees the state that the previous one left, and libvirt starts no guest with it"})
			continue
		}
		var others []string
		for _, a := range d.Siblings {
			driver := s.known[a].Driver
			if driver == "" {
				driver = "no driver"
			}
			others = append(others, a.String()+" ("+driver+")")
		}
		s.hint(Hint{
			Device: d.Address, Code: ResetShared, Related: d.Siblings,
			Reason: "it can be reset only together with " + prose.List(others) + "; libvirt starts a guest with it only if it has taken these from dom0, too",
		})
	}
}
