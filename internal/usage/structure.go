package usage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// pieces are the classes of functions that the machine itself is made of, and
// what each is (include/linux/pci_ids.h). SD host controllers (0805) and "other"
// system peripherals (0880: DMA engines, card readers) have their base class,
// and can be given away.
var pieces = map[pci.Class]string{
	0x0600: "the host bridge, by which the processor reaches memory and all other devices",
	0x0601: "the ISA bridge, with the clocks, timers and legacy ports of the machine behind it",
	0x0602: "the EISA bridge, with the legacy devices of the machine behind it",
	0x0800: "an interrupt controller, which Xen itself uses",
	0x0801: "the DMA controller of the machine",
	0x0802: "a timer of the machine",
	0x0803: "the clock of the machine",
	0x0804: "a hot plug controller of the machine",
	0x0806: "an IOMMU, which Xen itself uses",
	0x0c05: "the SMBus controller, which the firmware uses too",
}

// The classes of bridges that are looked at, base class and subclass.
const (
	isaBridge     = 0x0601
	pciBridge     = 0x0604 // ports too
	cardBusBridge = 0x0607
	semiBridge    = 0x0609
	otherBridge   = 0x0680
)

// baseBridge is the base class of all bridges.
const baseBridge = 0x06

// driverPciback is the driver of functions that are hidden or that guests have.
const driverPciback = "pciback"

// named is how many other functions one sentence names; it counts the rest.
const named = 3

// structure knows what functions are to the machine and to each other: its
// pieces, bridges, what is reset together, and virtual functions, which live on
// their physical one.
func structure(s *scan) {
	known := make(map[pci.Address]pci.Device, len(s.devices))
	behind := make(map[pci.Address][]pci.Address)
	for _, d := range s.devices {
		known[d.Address] = d
		for _, above := range d.Above {
			behind[above] = append(behind[above], d.Address)
		}
	}
	for _, d := range s.devices {
		what := piece(d, known)
		if what != "" {
			s.fact(Refuse, d.Address, "it is "+what)
		} else if d.Class.Base() != baseBridge {
			s.reset(d, known)
		}
		s.bridge(d, behind[d.Address])
		s.virtual(d, known)
	}
}

// piece says what a function is to the machine, "" for all that can be given
// away.
func piece(d pci.Device, known map[pci.Address]pci.Device) string {
	class := d.Class >> 8
	// Intel's PIIX4 has its power management beside its ISA bridge.
	beside := func(a pci.Address) bool { return known[a].Class>>8 == isaBridge }
	if class == otherBridge && slices.ContainsFunc(d.Siblings, beside) {
		return "a part of the ISA bridge, with the power management of the machine"
	}
	return pieces[class]
}

// bridge notes what a bridge takes along: pciback has everything behind a bridge
// whose slot is registered (pcistub_match in its pci_stub.c), and the domain that
// a VMD controller makes ends with its driver.
func (s *scan) bridge(d pci.Device, behind []pci.Address) {
	class := d.Class >> 8
	switch {
	case class == cardBusBridge:
		s.hint(d.Address, "it is a CardBus bridge, which pciback does not take")
	case len(behind) > 0 && behind[0].Domain != d.Address.Domain:
		s.fact(Warn, d.Address, fmt.Sprintf("%s behind it, and gone without its driver: %s", count(len(behind), "function is", "functions are"), list(behind)))
	case len(behind) > 0:
		s.fact(Warn, d.Address, fmt.Sprintf("%s behind it, and pciback seizes all that is behind a bridge: %s", count(len(behind), "function is", "functions are"), list(behind)))
	case class == pciBridge || class == semiBridge:
		s.hint(d.Address, "it is a PCI bridge, which is of no use to a guest")
	}
}

// reset notes that a function cannot be cleaned when a guest ends, or whom its
// reset takes along.
func (s *scan) reset(d pci.Device, known map[pci.Address]pci.Device) {
	if d.CanReset {
		return
	}
	// Below a port the bus or the slot can be reset, and the kernel does that
	// only where one function is all there is (pci_parent_bus_reset in
	// drivers/pci/pci.c). A root bus has no reset.
	if d.Parent == nil || len(d.Siblings) == 0 {
		s.hint(d.Address, "the kernel knows no way to reset it: each guest gets it as the last user left it")
		return
	}
	var others []string
	for _, a := range d.Siblings {
		driver := known[a].Driver
		if driver == "" {
			driver = "no driver"
		}
		others = append(others, a.String()+" ("+driver+")")
	}
	s.hint(d.Address, "it cannot be reset alone, only together with "+list(others))
}

// virtual lets virtual functions live on their physical one.
func (s *scan) virtual(d pci.Device, known map[pci.Address]pci.Device) {
	if len(d.VirtFns) == 0 {
		return
	}
	var given []pci.Address
	for _, a := range d.VirtFns {
		if vf := s.functions[a]; vf != nil {
			vf.On = append(vf.On, s.functions[d.Address])
		}
		if known[a].Driver == driverPciback {
			given = append(given, a)
		}
	}
	s.fact(Warn, d.Address, fmt.Sprintf("%s on it: %s", count(len(d.VirtFns), "virtual function lives", "virtual functions live"), list(d.VirtFns)))
	if len(given) > 0 {
		s.fact(Refuse, d.Address, fmt.Sprintf("pciback has %s of it, which a guest may use: %s", count(len(given), "virtual function", "virtual functions"), list(given)))
	}
}

// count is "1 function", "3 functions".
func count(n int, one, more string) string {
	if n == 1 {
		more = one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// list is "a, b and c", or "a, b, c and 5 more".
func list[T any](all []T) string {
	var words []string
	for _, one := range all[:min(len(all), named)] {
		words = append(words, fmt.Sprint(one))
	}
	if more := len(all) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
