package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestPlatform(t *testing.T) {
	at := func(s string) pci.Address { return graphtest.Address(t, s) }
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
		{Address: at("05:00.0"), Class: 0x070002},
		{Address: at("05:00.1"), Class: 0x070002, Driver: "serial"},
		{Address: at("00:12.0"), Class: pci.ClassOHCI, Driver: "ohci-pci", Siblings: []pci.Address{at("00:12.1"), at("00:12.2")}},
		{Address: at("00:12.1"), Class: pci.ClassOHCI, Driver: "pciback", Siblings: []pci.Address{at("00:12.0"), at("00:12.2")}},
		{Address: at("00:12.2"), Class: pci.ClassEHCI, Siblings: []pci.Address{at("00:12.0"), at("00:12.1")}},
	}
	want := map[string][]string{
		"00:00.0":       {"refuse: platform"},
		"00:1f.0":       {"refuse: platform"},
		"00:1f.4":       {"refuse: platform"},
		"00:07.0":       {"refuse: platform"},
		"00:07.3":       {"refuse: platform"},
		"00:00.2":       {"refuse: platform"},
		"00:1d.0":       {"refuse: pci_bridge"},
		"00:1c.0":       {"refuse: pci_bridge", "warn: behind_bridge 0000:01:00.0 0000:01:00.1 0000:01:00.2"},
		"00:0e.0":       {"warn: behind_vmd 10000:e0:06.0 10000:e1:00.0"},
		"10000:e0:06.0": {"refuse: pci_bridge", "warn: behind_bridge 10000:e1:00.0"},
		"02:00.0": {
			"refuse: virtual_assigned 0000:02:10.2",
			"warn: virtual_functions 0000:02:10.0 0000:02:10.2",
		},
		"05:00.0": {"warn: xen_console"},
		"00:12.0": {"refuse: usb_companions 0000:00:12.2"},
		"00:12.1": {"refuse: usb_companions 0000:00:12.2"},
		"00:12.2": {"refuse: usb_companions 0000:00:12.0"},
	}
	b := graphtest.Builder(devices)
	Scan(b, sysfs.New(graphtest.Plant(t, map[string]string{"/sys/hypervisor/type": "xen\n"})), devices)
	g := b.Graph()
	if diff := cmp.Diff(want, graphtest.All(g, devices)); diff != "" {
		t.Error(diff)
	}
	if found := g.Findings(at("00:12.2"), at("00:12.0")); len(found) > 0 {
		t.Errorf("a whole USB controller: %+v", found)
	}
}

// What needs a virtual function needs its physical one as well.
func TestVirtualFunctions(t *testing.T) {
	pf, vf := graphtest.Address(t, "02:00.0"), graphtest.Address(t, "02:10.0")
	devices := []pci.Device{{Address: pf, CanReset: true, VirtFns: []pci.Address{vf}}, {Address: vf, CanReset: true, PhysFn: &pf}}
	b := graphtest.Builder(devices)
	b.Need(graph.Need{Severity: graph.Refuse, Subject: "the default route", On: &graph.Node{Name: "eth0", On: graph.On(b.Function(vf))}})
	Scan(b, sysfs.New(t.TempDir()), devices)
	want := map[string][]string{
		"02:00.0": {
			"refuse: the default route > eth0 > 0000:02:10.0 > 0000:02:00.0",
			"warn: virtual_functions 0000:02:10.0",
		},
		"02:10.0": {"refuse: the default route > eth0 > 0000:02:10.0"},
	}
	if diff := cmp.Diff(want, graphtest.All(b.Graph(), devices)); diff != "" {
		t.Error(diff)
	}
}
