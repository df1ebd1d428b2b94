package picture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// rack is a machine that tests put together.
type rack struct {
	devices map[pci.Address]pci.Device
	marks   map[pci.Address]Mark
}

func newRack() *rack {
	return &rack{map[pci.Address]pci.Device{}, map[pci.Address]Mark{}}
}

// put adds a function, behind the bridge that is given.
func (r *rack) put(at string, class pci.Class, device uint16, driver, bridge string) *rack {
	d := pci.Device{Address: address(at), Vendor: 0x8086, Device: device, Class: class, Driver: driver}
	if bridge != "" {
		above := address(bridge)
		d.Above = append(slices.Clone(r.devices[above].Above), above)
		d.Parent = &above
	}
	r.devices[d.Address] = d
	return r
}

// bridge adds a bridge to a range of buses.
func (r *rack) bridge(at string, device uint16, first, last uint8, above string) *rack {
	r.put(at, 0x060400, device, "pcieport", above)
	d := r.devices[address(at)]
	d.Behind = &pci.Buses{Secondary: first, Subordinate: last}
	r.devices[d.Address] = d
	return r
}

// virtual adds count virtual functions of a port, from an address on.
func (r *rack) virtual(port, first string, count, stride int) *rack {
	physical := address(port)
	a := address(first)
	for n := range count {
		at := a
		number := int(a.Bus)<<8 + int(a.Slot)<<3 + int(a.Function) + n*stride
		at.Bus, at.Slot, at.Function = uint8(number>>8), uint8(number>>3&0x1f), uint8(number&7)
		r.put(at.String(), 0x020000, 0x154c, "iavf", r.devices[physical].Parent.String())
		r.marks[at] = Mark{PhysFn: &physical}
	}
	return r
}

// hide gives a function to pciback and, where one is named, to a guest.
func (r *rack) hide(guest string, addresses ...string) *rack {
	for _, text := range addresses {
		a := address(text)
		mark, d := r.marks[a], r.devices[a]
		mark.Hidden, mark.Registered, mark.Guest, d.Driver = true, true, guest, "pciback"
		r.marks[a], r.devices[a] = mark, d
	}
	return r
}

// was notes what a hidden function was in dom0.
func (r *rack) was(name, text string) *rack {
	a := address(text)
	mark := r.marks[a]
	mark.Was = "was " + name
	r.marks[a] = mark
	return r
}

// names notes the kernel's names of what is on a function.
func (r *rack) names(names, text string) *rack {
	a := address(text)
	mark := r.marks[a]
	mark.Names = names
	r.marks[a] = mark
	return r
}

func (r *rack) machine() Machine {
	devices := slices.SortedFunc(maps.Values(r.devices), func(a, b pci.Device) int { return a.Address.Compare(b.Address) })
	return Machine{
		Domains: topology.Grow(devices),
		Name:    func(d pci.Device) string { return "Intel Corporation " + nameOf(d) },
		Class:   func(c pci.Class) string { return cmp.Or(classes[c], "Class "+c.String()) },
		Mark:    func(a pci.Address) Mark { return r.marks[a] },
	}
}

func nameOf(d pci.Device) string {
	return cmp.Or(names[d.Device], fmt.Sprintf("Device %04x", d.Device))
}

var names = map[uint16]string{
	0x10d3: "82574L Gigabit Network Connection",
	0x10fb: "82599ES 10-Gigabit SFI/SFP+ Network Connection",
	0x154c: "Ethernet Virtual Function 700 Series",
	0x1572: "Ethernet Controller X710 for 10GbE SFP+",
	0x2020: "Sky Lake-E DMI3 Registers",
	0x2021: "Sky Lake-E CBDMA Registers",
	0x2030: "Sky Lake-E PCI Express Root Port A",
	0xa1af: "C620 Series Chipset Family USB 3.0 xHCI Controller",
	0xa182: "C620 Series Chipset Family SATA Controller [AHCI mode]",
	0xa190: "C620 Series Chipset Family PCI Express Root Port #1",
	0xf1a8: "SSD 660P Series",
}

var classes = map[pci.Class]string{
	0x010601: "SATA controller", 0x010802: "Non-Volatile memory controller", 0x020000: "Ethernet controller",
	0x030000: "VGA compatible controller", 0x060000: "Host bridge", 0x060400: "PCI bridge", 0x088000: "System peripheral",
	0x0c0330: "USB controller", 0x060100: "ISA bridge", 0x030200: "3D controller",
}

func address(s string) pci.Address {
	a, err := pci.ParseAddress(s)
	if err != nil {
		panic(err) // a mistake in the test's own text
	}
	return a
}

// machines are what the golden files show.
var machines = map[string]func(testing.TB) Machine{
	"none":    func(testing.TB) Machine { return newRack().machine() },
	"alone":   func(testing.TB) Machine { return newRack().put("00:09.0", 0x020000, 0x10d3, "e1000e", "").machine() },
	"server":  func(t testing.TB) Machine { return archived(t, "server") },
	"laptop":  func(t testing.TB) Machine { return archived(t, "laptop") },
	"chain":   func(testing.TB) Machine { return chain() },
	"domains": func(testing.TB) Machine { return domains() },
	"guests":  func(testing.TB) Machine { return guests() },
	"virtual": func(testing.TB) Machine { return virtual() },
}

// archived is a machine of testdata/sysfs.
func archived(t testing.TB, name string) Machine {
	t.Helper()
	root := fakekernel.Unpack(t, name).Root
	addresses, err := pci.List(root)
	if err != nil {
		t.Fatal(err)
	}
	r := newRack()
	devices, err := pci.Read(root, addresses, pci.WithDriver|pci.WithParent|pci.WithBuses)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		whole, err := pci.ReadDevice(root, d.Address)
		if err != nil {
			t.Fatal(err)
		}
		r.devices[d.Address] = d
		r.marks[d.Address] = Mark{PhysFn: whole.PhysFn}
	}
	return r.machine()
}

// chain is a tunnel of bridges with a card at its end.
func chain() Machine {
	r := newRack().put("00:00.0", 0x060000, 0x2020, "", "")
	above := ""
	for bus := range uint8(10) {
		at := fmt.Sprintf("%02x:01.0", bus)
		r.bridge(at, 0x2030, bus+1, 10, above)
		above = at
	}
	return r.put("0a:00.0", 0x020000, 0x10fb, "ixgbe", above).hide("desktop", "0a:00.0").machine()
}

// domains are three, one below a VMD controller, which the kernel counts from
// 10000.
func domains() Machine {
	r := newRack().
		put("00:00.0", 0x060000, 0x2020, "", "").put("00:0e.0", 0x010400, 0x9a0b, "vmd", "").
		put("0001:00:00.0", 0x060000, 0x2020, "", "").put("0001:80:04.0", 0x088000, 0x2021, "ioatdma", "").
		bridge("10000:e0:06.0", 0x2030, 0xe1, 0xe1, "00:0e.0")
	r.put("10000:e1:00.0", 0x010802, 0xf1a8, "nvme", "10000:e0:06.0")
	return r.hide("", "0001:80:04.0").machine()
}

// guests is a server of sixty functions, twelve of them hidden, seven of those
// in three guests.
func guests() Machine {
	r := newRack().put("00:00.0", 0x060000, 0x2020, "", "")
	for f := range 8 {
		r.put(fmt.Sprintf("00:04.%d", f), 0x088000, 0x2021, "ioatdma", "")
	}
	r.put("00:14.0", 0x0c0330, 0xa1af, "xhci_hcd", "").put("00:17.0", 0x010601, 0xa182, "ahci", "").
		put("00:1f.0", 0x060100, 0xa1c3, "", "").bridge("00:1c.0", 0xa190, 1, 1, "").put("01:00.0", 0x030000, 0x1bb1, "ast", "00:1c.0")
	for n, bus := range []uint8{0x16, 0x3a, 0x64, 0x85} {
		for port := range uint8(2) {
			root, behind := fmt.Sprintf("%02x:%02x.0", bus, 2*port), bus+1+port
			r.bridge(root, 0x2030, behind, behind, "")
			for f := range 2 {
				if n < 2 {
					r.put(fmt.Sprintf("%02x:00.%d", behind, f), 0x020000, 0x1572, "i40e", root)
				} else {
					r.put(fmt.Sprintf("%02x:%02x.0", behind, f), 0x010802, 0xf1a8, "nvme", root)
				}
			}
		}
		for f := range 5 {
			r.put(fmt.Sprintf("%02x:08.%d", bus, f), 0x088000, uint16(0x2078+f), "", "")
		}
	}
	r.put("00:16.0", 0x078000, 0xa1ba, "mei_me", "").put("00:16.1", 0x078000, 0xa1bb, "", "")
	return r.hide("", "00:04.6", "00:04.7", "3c:00.0", "66:00.0", "66:01.0").
		hide("web", "17:00.0", "17:00.1").hide("database", "65:00.0", "65:01.0", "3b:00.1").
		hide("firewall-with-a-long-name-in-rack-12", "18:00.1", "3b:00.0").
		was("ens1f0", "17:00.0").was("ens2f1", "18:00.1").was("nvme4n1", "66:00.0").was("nvme0n1", "65:00.0").
		names("ens2f0", "18:00.0").names("nvme5n1, nvme5n2, nvme5n3 and 29 more", "66:02.0").machine()
}

// virtual is a card with two ports whose virtual functions take turns, and one
// with 64 in a row.
func virtual() Machine {
	r := newRack().bridge("16:00.0", 0x2030, 0x17, 0x18, "").
		put("17:00.0", 0x020000, 0x10fb, "ixgbe", "16:00.0").put("17:00.1", 0x020000, 0x10fb, "ixgbe", "16:00.0").
		virtual("17:00.0", "17:10.0", 8, 2).virtual("17:00.1", "17:10.1", 2, 2).
		bridge("3a:00.0", 0x2030, 0x3b, 0x3c, "").put("3b:00.0", 0x020000, 0x1572, "i40e", "3a:00.0").
		virtual("3b:00.0", "3b:1c.0", 64, 1)
	r.hide("", "3b:1d.0", "3b:1d.1", "3b:1d.2", "3b:1d.3")
	r.was("eth9", "3b:1d.0")   // one of four that share a line
	r.names("eth7", "3b:1c.0") // likewise
	r.names("eth0", "17:00.0")
	return r.hide("guest1", "3b:1e.0").hide("guest2", "3c:00.0", "3c:00.1", "3c:00.2", "3b:1e.7").machine()
}
