package pciback_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// The USB controllers of the desktop: two UHCI functions of one slot with EHCI, and one
// of another.
var (
	uhci0, uhci1, ehci = pci.Address{Slot: 0x1d}, pci.Address{Slot: 0x1d, Function: 1}, pci.Address{Slot: 0x1d, Function: 7}
	otherUHCI          = pci.Address{Slot: 0x1a}
)

func TestCompanions(t *testing.T) {
	_, d := machine(t, "desktop")
	for _, test := range []struct {
		name   string
		device pci.Address
		want   []pci.Address
	}{
		{"of UHCI", uhci0, []pci.Address{ehci}},
		{"of EHCI", ehci, []pci.Address{uhci0, uhci1, {Slot: 0x1d, Function: 2}}},
		{"of UHCI in another slot", otherUHCI, []pci.Address{{Slot: 0x1a, Function: 7}}},
		{"of no USB controller", pci.Address{}, nil},
		{"of no device", pci.Address{Bus: 0xfe}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, d.Companions(test.device)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMoveOfCompanions refuses moves that would corrupt the kernel's memory: the fake one
// panics then.
func TestMoveOfCompanions(t *testing.T) {
	for _, test := range []struct {
		name       string
		hidden     []pci.Address // before, in this order
		device     pci.Address
		to         string
		companions []pci.Address // nil if it moves
	}{
		{"UHCI is hidden first", nil, uhci0, pciback.Name, nil},
		{"UHCI comes back, EHCI was never away", []pci.Address{uhci0, uhci1}, uhci0, "uhci_hcd", nil},
		{"EHCI is hidden first", nil, ehci, pciback.Name, nil},
		{"EHCI is hidden after UHCI", []pci.Address{uhci1}, ehci, pciback.Name, []pci.Address{uhci1}},
		{"EHCI is hidden after UHCI of another slot", []pci.Address{otherUHCI}, ehci, pciback.Name, nil},
		{"UHCI is hidden after EHCI", []pci.Address{ehci}, uhci0, pciback.Name, nil},
		{"UHCI comes back before EHCI", []pci.Address{ehci, uhci0}, uhci0, "uhci_hcd", []pci.Address{ehci}},
		{"UHCI comes back to no driver", []pci.Address{ehci, uhci0}, uhci0, "", nil},
		{"UHCI comes back to any driver", []pci.Address{ehci, uhci0}, uhci0, pciback.AnyDriver, []pci.Address{ehci}},
		{"EHCI comes back before UHCI", []pci.Address{ehci, uhci0}, ehci, "ehci-pci", []pci.Address{uhci0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, d := machine(t, "desktop")
			for _, a := range test.hidden {
				_, err := d.Hide(t.Context(), a)
				must(t, err)
			}
			from, writes := state(t, d, test.device), len(h.Writes())
			to := pciback.GivenBack(test.to)
			if test.to == pciback.Name {
				to = pciback.HiddenFrom(from, false)
			}
			if got := d.InWay(test.device, from, to); !slices.Equal(got, test.companions) {
				t.Errorf("in the way: %v, want %v", got, test.companions)
			}
			err := d.Move(t.Context(), test.device, to)
			if test.companions == nil {
				must(t, err)
				return
			}
			var apart *pciback.CompanionError
			if !errors.As(err, &apart) || *apart != (pciback.CompanionError{Device: test.device, Companion: test.companions[0]}) || len(h.Writes()) != writes {
				t.Errorf("%v, after %v", err, h.Writes()[writes:])
			}
		})
	}
}
