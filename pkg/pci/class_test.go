package pci_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func TestClassIs(t *testing.T) {
	for _, test := range []struct {
		class, other pci.Class
		want         bool
	}{
		{0x030000, pci.ClassVGA, true},
		{0x030001, pci.ClassVGA, true}, // another programming interface
		{0x038000, pci.ClassVGA, false},
		{0x060400, pci.ClassHostBridge, false},
	} {
		if got := test.class.Is(test.other); got != test.want {
			t.Errorf("%06x is %06x: %v; want %v", uint32(test.class), uint32(test.other), got, test.want)
		}
	}
}

func TestMemory(t *testing.T) {
	memory := pci.Region{Number: 1, Start: 0xf7c3_c000, End: 0xf7c3_c3ff, Flags: 0x40200}
	d := pci.Device{Regions: []pci.Region{
		{Number: 0, Start: 0xf070, End: 0xf077, Flags: 0x40101}, // ports
		memory, //
		{Number: 2, Start: 0xf7c3_c800, End: 0xf7c3_c8ff, Flags: 0x2004_0200}, // without an address
		{Number: 3, Start: 0, End: 0xfff, Flags: 0x40200},
		{Number: 14, Start: 0xf7c3_b800, End: 0xf7c3_bfff, Flags: 0x200}, // the window of a bridge
	}}
	if diff := cmp.Diff([]pci.Region{memory}, d.Memory()); diff != "" {
		t.Error(diff)
	}
	if len(d.Regions) != 5 {
		t.Errorf("it changed the device: %+v", d.Regions)
	}
}
