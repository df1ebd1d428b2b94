package platform

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// parts are the classes of functions that the machine itself is made of. SD host
// controllers (0805) and "other" system peripherals (0880: DMA engines, card
// readers) share their base class, and can be given away.
var parts = map[pci.Class]string{
	pci.ClassHostBridge: "the host bridge, through which the processor reaches memory and all other devices",
	pci.ClassISABridge:  "the ISA bridge, which has the clocks, timers and legacy ports of the machine behind it",
	pci.ClassEISABridge: "the EISA bridge, which has the legacy devices of the machine behind it",
	pci.ClassInterrupt:  "an interrupt controller, which Xen itself uses",
	pci.ClassDMA:        "the DMA controller of the machine",
	pci.ClassTimer:      "a timer of the machine",
	pci.ClassClock:      "the clock of the machine",
	pci.ClassHotPlug:    "a hot-plug controller of the machine",
	pci.ClassIOMMU:      "an IOMMU, which Xen itself uses",
	pci.ClassSMBus:      "the SMBus controller, which the firmware uses as well",
}

// Part returns what a function is to the machine, as a sentence continues after
// "it is"; "" for a function that can be given away. classOf returns the class of
// another function of the machine.
func Part(d pci.Device, classOf func(pci.Address) pci.Class) string {
	// Intel's PIIX4 has its power management beside its ISA bridge.
	beside := func(a pci.Address) bool { return classOf(a).Is(pci.ClassISABridge) }
	if d.Class.Is(pci.ClassOtherBridge) && slices.ContainsFunc(d.Siblings, beside) {
		return "a part of the ISA bridge, with the power management of the machine"
	}
	return parts[d.Class&^0xff] // whatever its programming interface
}
