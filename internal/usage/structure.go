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

// pciBridge and semiBridge are the classes of PCI-to-PCI bridges, ports
// included.
const (
	pciBridge  = 0x0604
	semiBridge = 0x0609
)

// driverPciback is the driver of functions that are hidden or that guests have.
const driverPciback = "pciback"

// named is how many other functions one sentence names; it counts the rest.
const named = 3

// structure knows what functions are to the machine and to each other: its
// pieces, bridges, what is reset together, and virtual functions, which live on
// their physical one.
func structure(s *scan) {
	drivers := make(map[pci.Address]string, len(s.devices))
	behind := make(map[pci.Address][]string)
	for _, d := range s.devices {
		drivers[d.Address] = d.Driver
		for _, above := range d.Above {
			behind[above] = append(behind[above], d.Address.String())
		}
	}
	for _, d := range s.devices {
		what, isPiece := pieces[d.Class>>8]
		if isPiece {
			s.fact(Refuse, d.Address, "it is "+what)
		}
		isBridge := s.bridge(d, behind[d.Address])
		if !isPiece && !isBridge {
			s.reset(d, drivers)
		}
		s.virtual(d, drivers)
	}
}

// bridge notes what a bridge's slot takes along: pciback has everything behind a
// bridge whose slot is registered (pcistub_match in its pci_stub.c). A VMD
// controller is no bridge by its class, but has a domain behind it.
func (s *scan) bridge(d pci.Device, behind []string) bool {
	class := d.Class >> 8
	if len(behind) == 0 {
		if class == pciBridge || class == semiBridge {
			s.fact(Warn, d.Address, "it is a PCI bridge, which is of no use to a guest")
			return true
		}
		return false
	}
	s.fact(Warn, d.Address, fmt.Sprintf("%s behind it, and pciback seizes all that is behind a bridge: %s", count(len(behind), "function is", "functions are"), list(behind)))
	return true
}

// reset notes what a function cannot be cleaned of when a guest ends, or whom
// its reset takes along.
func (s *scan) reset(d pci.Device, drivers map[pci.Address]string) {
	if d.CanReset {
		return
	}
	// Below a port the bus or the slot can be reset, and the kernel does that
	// only where one function is all there is (pci_parent_bus_reset in
	// drivers/pci/pci.c). A root bus has no reset.
	if d.Parent == nil || len(d.Siblings) == 0 {
		s.fact(Warn, d.Address, "the kernel knows no way to reset it: each guest gets it as the last user left it")
		return
	}
	var others []string
	for _, a := range d.Siblings {
		others = append(others, a.String()+" ("+driverWords(drivers[a])+")")
	}
	s.fact(Warn, d.Address, "it cannot be reset alone, only together with "+list(others))
}

// virtual lets virtual functions live on their physical one.
func (s *scan) virtual(d pci.Device, drivers map[pci.Address]string) {
	if len(d.VirtFns) == 0 {
		return
	}
	var all, given []string
	for _, a := range d.VirtFns {
		all = append(all, a.String())
		if drivers[a] == driverPciback {
			given = append(given, a.String())
		}
		if vf, ok := s.functions[a]; ok && !slices.Contains(vf.On, s.functions[d.Address]) {
			vf.On = append(vf.On, s.functions[d.Address])
		}
	}
	s.fact(Warn, d.Address, fmt.Sprintf("%s on it: %s", count(len(all), "virtual function lives", "virtual functions live"), list(all)))
	if len(given) > 0 {
		s.fact(Refuse, d.Address, fmt.Sprintf("pciback has %s of it, which a guest may use: %s", count(len(given), "virtual function", "virtual functions"), list(given)))
	}
}

func driverWords(driver string) string {
	if driver == "" {
		return "no driver"
	}
	return driver
}

// count is "1 function", "3 functions".
func count(n int, one, more string) string {
	if n == 1 {
		more = one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// list is "a, b and c", or "a, b, c and 5 more".
func list(all []string) string {
	first := all[:min(len(all), named)]
	last := fmt.Sprintf("%d more", len(all)-len(first))
	if len(all) == len(first) {
		first, last = all[:len(all)-1], all[len(all)-1]
	}
	if len(first) == 0 {
		return last
	}
	return strings.Join(first, ", ") + " and " + last
}
