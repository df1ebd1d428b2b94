package pci_test

import (
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestPhysFn(t *testing.T) {
	root := fakekernel.Unpack(t, "server").Root
	for virtual, want := range map[string]string{
		"0000:18:02.0": "0000:18:00.0",
		"0000:18:00.0": "", // itself a physical one
		"0000:00:00.0": "",
		"0000:77:00.0": "", // no such device
	} {
		a, err := pci.ParseAddress(virtual)
		if err != nil {
			t.Fatal(err)
		}
		pf, err := pci.PhysFn(root, a)
		got := ""
		if pf != nil {
			got = pf.String()
		}
		if got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", virtual, got, err, want)
		}
	}
	if _, err := pci.PhysFn(t.TempDir(), pci.Address{}); err == nil {
		t.Error("a machine without a PCI bus: want an error")
	}
}
