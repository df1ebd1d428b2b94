package pciback_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestPermissive makes a device permissive. It stays so while a guest has it and afterwards,
// and no longer than pciback has it.
func TestPermissive(t *testing.T) {
	h, d := machine(t, "qemu")
	want := func(devices ...pci.Address) {
		t.Helper()
		got, err := d.Permissive()
		must(t, err)
		if diff := cmp.Diff(devices, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	want()
	_, err := d.Hide(t.Context(), nine)
	must(t, err)
	want()
	must(t, h.Write(pciback.PermissiveFile, nine.String()))
	must(t, h.Assign(nine.String(), 3))
	want(nine)
	must(t, h.Deassign(nine.String()))
	want(nine)
	must(t, h.Write("/sys/bus/pci/drivers/pciback/unbind", nine.String()))
	want()
}

func TestPermissiveWithoutPciback(t *testing.T) {
	if got, err := pciback.New(fakekernel.Unpack(t, "qemu").Root).Permissive(); err != nil || got != nil {
		t.Error(got, err)
	}
}
