// Package platform finds out which PCI functions the machine itself is made of, and
// which functions are lost with another one: those behind a bridge, and virtual
// functions.
package platform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Scan adds to b what the PCI functions are to the machine and to each other.
// devices are all of them, read with pci.WithDriver, pci.WithParent and
// pci.WithFunctions.
func Scan(b *graph.Builder, fsys sysfs.FS, devices []pci.Device) {
	known := make(map[pci.Address]pci.Device, len(devices))
	behind := make(map[pci.Address][]pci.Address)
	for _, d := range devices {
		known[d.Address] = d
		for _, above := range d.Above {
			behind[above] = append(behind[above], d.Address)
		}
	}
	for _, d := range devices {
		part(b, d, known)
		bridge(b, d)
		above(b, d, behind[d.Address])
		virtual(b, fsys, d, known)
		companions(b, d, known)
	}
	if kind, _ := fsys.Attribute("/sys/hypervisor/type"); kind == "xen" {
		xenConsole(b, devices)
	}
}

// part refuses a function that the machine is made of.
func part(b *graph.Builder, d pci.Device, known map[pci.Address]pci.Device) {
	words := Part(d, func(a pci.Address) pci.Class { return known[a].Class })
	if words == "" {
		return
	}
	short, _, _ := strings.Cut(words, ",")
	b.Fact(graph.Finding{
		Device: d.Address, Severity: graph.Refuse, Code: graph.Platform,
		Reason: "it is " + words, Short: "it is " + short,
	})
}

// bridge refuses a PCI bridge: the way to the devices behind it is a part of the host, and
// guests are shown no bridges.
func bridge(b *graph.Builder, d pci.Device) {
	if !d.Class.Is(pci.ClassPCIBridge) && !d.Class.Is(pci.ClassSemiTransparent) {
		return
	}
	b.Fact(graph.Finding{
		Device: d.Address, Severity: graph.Refuse, Code: graph.PCIBridge,
		Reason: "it is a PCI bridge, which is a part of the host and which no guest can use", Short: "it is a PCI bridge",
	})
}

// above notes what a bridge takes along: pciback takes everything behind a bridge
// whose slot is registered (pcistub_match in its pci_stub.c), and the PCI domain
// that a VMD controller makes ends with its driver.
func above(b *graph.Builder, d pci.Device, behind []pci.Address) {
	if len(behind) == 0 {
		return
	}
	are := prose.Count(len(behind), "function is", "functions are") + " behind it"
	f := graph.Finding{
		Device: d.Address, Severity: graph.Warn, Code: graph.BehindBridge, Related: behind,
		Reason: fmt.Sprintf("%s, and pciback takes everything behind a bridge: %s", are, prose.List(behind)),
		Short:  are,
	}
	if behind[0].Domain != d.Address.Domain {
		f.Code = graph.BehindVMD
		f.Reason = fmt.Sprintf("%s, and disappear without its driver: %s", are, prose.List(behind))
		if len(behind) == 1 {
			f.Reason = fmt.Sprintf("%s, and disappears without its driver: %s", are, behind[0])
		}
	}
	b.Fact(f)
}

// virtual notes that a physical function has virtual ones, and refuses one whose
// virtual functions are hidden: guests may use them.
func virtual(b *graph.Builder, fsys sysfs.FS, d pci.Device, known map[pci.Address]pci.Device) {
	if len(d.VirtFns) == 0 {
		return
	}
	b.Fact(graph.Finding{
		Device: d.Address, Severity: graph.Warn, Code: graph.VirtualFunctions, Related: d.VirtFns,
		Reason: fmt.Sprintf("%s without its driver: %s", prose.Count(len(d.VirtFns), "virtual function disappears", "virtual functions disappear"), prose.List(named(fsys, d.VirtFns))),
		Short:  "it has " + prose.Count(len(d.VirtFns), "virtual function", "virtual functions"),
	})
	hidden := slices.DeleteFunc(slices.Clone(d.VirtFns), func(a pci.Address) bool { return known[a].Driver != pciback.Name })
	if len(hidden) == 0 {
		return
	}
	has := fmt.Sprintf("pciback has %d of its virtual functions", len(hidden))
	b.Fact(graph.Finding{
		Device: d.Address, Severity: graph.Refuse, Code: graph.VirtualAssigned, Related: hidden,
		Reason: fmt.Sprintf("%s, which guests may use: %s", has, prose.List(hidden)),
		Short:  has,
		Advice: "xenpci unhide " + words(hidden) + " first",
	})
}

// named returns functions as text, with the network interfaces that each has.
func named(fsys sysfs.FS, functions []pci.Address) []string {
	texts := make([]string, len(functions))
	for i, a := range functions {
		texts[i] = a.String()
		if names, err := fsys.List("/sys/bus/pci/devices/" + a.String() + "/net"); err == nil && len(names) > 0 {
			texts[i] += " (" + prose.Printable(prose.List(names)) + ")"
		}
	}
	return texts
}

// companions refuses a USB host controller that would be taken without its companions:
// once pciback has one, dom0's kernel corrupts its memory when the driver of another
// comes or goes (pciback.Companions), and at the next boot it comes.
func companions(b *graph.Builder, d pci.Device, known map[pci.Address]pci.Device) {
	stay := slices.DeleteFunc(slices.Clone(d.Siblings), func(a pci.Address) bool {
		return !pciback.Companions(d.Class, known[a].Class) || known[a].Driver == pciback.Name
	})
	if len(stay) == 0 {
		return
	}
	shares := "it shares its USB ports with " + prose.List(stay)
	b.FactUnless(graph.Finding{
		Device: d.Address, Severity: graph.Refuse, Code: graph.USBCompanions, Related: stay,
		Reason: shares + ", and dom0's kernel corrupts its memory when one of them gets or loses its driver while pciback has another",
		Short:  shares,
		Advice: "hide all functions of the slot together: xenpci hide " + d.Address.SlotString(),
	}, stay)
}

func words(addresses []pci.Address) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return strings.Join(texts, " ")
}

// xenConsole warns of serial cards that dom0 has no driver for: dom0 cannot read
// where Xen has its console.
func xenConsole(b *graph.Builder, devices []pci.Device) {
	for _, d := range devices {
		if d.Class.Is(pci.ClassSerial) && d.Driver == "" {
			b.Fact(graph.Finding{
				Device: d.Address, Severity: graph.Warn, Code: graph.XenConsole,
				Reason: "it is a serial card without a driver: Xen's own console may be on it",
				Short:  "Xen's own console may be on it",
			})
		}
	}
}
