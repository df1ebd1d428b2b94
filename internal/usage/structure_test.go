package usage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func TestStructure(t *testing.T) {
	at := func(s string) pci.Address { return addressOf(t, s) }
	port, vmd, vmdPort := at("00:1c.0"), at("00:0e.0"), at("10000:e0:06.0")
	card, sound, usb := at("01:00.0"), at("01:00.1"), at("01:00.2")
	pf, vf0, vf1 := at("02:00.0"), at("02:10.0"), at("02:10.2")
	devices := []pci.Device{
		{Address: at("00:00.0"), Class: 0x060000},
		{Address: at("00:1f.0"), Class: 0x060100},
		{Address: at("00:1f.4"), Class: 0x0c0500},
		{Address: at("00:00.2"), Class: 0x080600},
		{Address: at("00:1e.0"), Class: 0x080501, CanReset: true},
		{Address: at("00:1d.0"), Class: 0x060400},
		{Address: at("00:02.0"), Class: 0x030000, Siblings: []pci.Address{at("00:02.1")}},
		{Address: at("00:07.0"), Class: 0x060100, Siblings: []pci.Address{at("00:07.3")}},
		{Address: at("00:07.3"), Class: 0x068000, Siblings: []pci.Address{at("00:07.0")}},
		{Address: at("00:08.0"), Class: 0x068000},
		{Address: at("00:09.0"), Class: 0x060700},
		{Address: port, Class: 0x060400},
		{Address: card, Class: 0x030000, Driver: "amdgpu", Parent: &port, Above: []pci.Address{port}, Siblings: []pci.Address{sound, usb}},
		{Address: sound, Class: 0x040300, Driver: "snd_hda_intel", Parent: &port, Above: []pci.Address{port}, Siblings: []pci.Address{card, usb}, CanReset: true},
		{Address: usb, Class: 0x0c0330, Parent: &port, Above: []pci.Address{port}, Siblings: []pci.Address{card, sound}, CanReset: true},
		{Address: vmd, Class: 0x010400, CanReset: true},
		{Address: vmdPort, Class: 0x060400, Above: []pci.Address{vmd}},
		{Address: at("10000:e1:00.0"), Class: 0x010802, Parent: &vmdPort, Above: []pci.Address{vmd, vmdPort}, CanReset: true},
		{Address: pf, Class: 0x020000, CanReset: true, VirtFns: []pci.Address{vf0, vf1}},
		{Address: vf0, Class: 0x020000, CanReset: true, PhysFn: &pf, Driver: "igbvf"},
		{Address: vf1, Class: 0x020000, CanReset: true, PhysFn: &pf, Driver: "pciback"},
	}
	want := map[string][]string{
		"00:00.0":       {"refuse: it is the host bridge, by which the processor reaches memory and all other devices"},
		"00:1f.0":       {"refuse: it is the ISA bridge, with the clocks, timers and legacy ports of the machine behind it"},
		"00:1f.4":       {"refuse: it is the SMBus controller, which the firmware uses too"},
		"00:07.0":       {"refuse: it is the ISA bridge, with the clocks, timers and legacy ports of the machine behind it"},
		"00:07.3":       {"refuse: it is a part of the ISA bridge, with the power management of the machine"},
		"00:09.0":       {"warn: it is a CardBus bridge, which pciback does not take"},
		"00:00.2":       {"refuse: it is an IOMMU, which Xen itself uses"},
		"00:1d.0":       {"warn: it is a PCI bridge, which is of no use to a guest"},
		"00:02.0":       {"warn: the kernel knows no way to reset it: each guest gets it as the last user left it"},
		"00:1c.0":       {"warn: 3 functions are behind it, and pciback seizes all that is behind a bridge: 0000:01:00.0, 0000:01:00.1 and 0000:01:00.2"},
		"01:00.0":       {"warn: it cannot be reset alone, only together with 0000:01:00.1 (snd_hda_intel) and 0000:01:00.2 (no driver)"},
		"00:0e.0":       {"warn: 2 functions are behind it, and gone without its driver: 10000:e0:06.0 and 10000:e1:00.0"},
		"10000:e0:06.0": {"warn: 1 function is behind it, and pciback seizes all that is behind a bridge: 10000:e1:00.0"},
		"02:00.0": {
			"refuse: pciback has 1 virtual function of it, which a guest may use: 0000:02:10.2",
			"warn: 2 virtual functions live on it: 0000:02:10.0 and 0000:02:10.2",
		},
	}
	g := look(t, structure, devices, nil)
	if diff := cmp.Diff(want, said(g, devices)); diff != "" {
		t.Error(diff)
	}
}

// What is needed of a virtual function is needed of its physical one.
func TestStructureOfVirtualFunctions(t *testing.T) {
	pf, vf := addressOf(t, "02:00.0"), addressOf(t, "02:10.0")
	devices := []pci.Device{{Address: pf, CanReset: true, VirtFns: []pci.Address{vf}}, {Address: vf, CanReset: true, PhysFn: &pf}}
	g := look(t, func(s *scan) {
		s.need(Refuse, "the default route is", &Node{Words: "eth0", On: []*Node{s.functions[vf]}})
		structure(s)
	}, devices, nil)
	want := map[string][]string{
		"02:00.0": {
			"refuse: the default route is on eth0, on 0000:02:10.0, behind 0000:02:00.0",
			"warn: 1 virtual function lives on it: 0000:02:10.0",
		},
		"02:10.0": {"refuse: the default route is on eth0, on 0000:02:10.0"},
	}
	if diff := cmp.Diff(want, said(g, devices)); diff != "" {
		t.Error(diff)
	}
}

func TestList(t *testing.T) {
	for want, all := range map[string][]string{
		"a":                  {"a"},
		"a and b":            {"a", "b"},
		"a, b and c":         {"a", "b", "c"},
		"a, b, c and 2 more": {"a", "b", "c", "d", "e"},
		"a, b, c and 1 more": {"a", "b", "c", "d"},
	} {
		if got := list(all); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
