package pciback_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestWithoutPciback(t *testing.T) {
	d := pciback.New(fakekernel.Unpack(t, "qemu").Root)
	if d.Registered() {
		t.Error("registered")
	}
	slots, err := d.Slots()
	if diff := cmp.Diff(pciback.Slots{}, slots); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if got, want := state(t, d, nine), (pciback.State{Driver: "e1000"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestRegistered(t *testing.T) {
	if _, d := machine(t, "qemu"); !d.Registered() {
		t.Error("not registered")
	}
}

// TestState reads what a kernel without driver_override shows too.
func TestState(t *testing.T) {
	const overrideFile = "sys/bus/pci/devices/0000:00:09.0/driver_override"
	for _, test := range []struct {
		name   string
		change func(*testing.T, *fakekernel.Host)
		want   pciback.State
	}{
		{"never set", func(*testing.T, *fakekernel.Host) {}, pciback.State{Driver: "e1000"}},
		{"set", func(t *testing.T, h *fakekernel.Host) { must(t, h.Write("/"+overrideFile, "vfio-pci")) },
			pciback.State{Driver: "e1000", Override: "vfio-pci"}},
		{"a kernel without it", func(t *testing.T, h *fakekernel.Host) { remove(t, h, overrideFile) }, pciback.State{Driver: "e1000"}},
		{"unbound", func(t *testing.T, h *fakekernel.Host) {
			must(t, h.Write("/sys/bus/pci/drivers/e1000/unbind", "0000:00:09.0"))
		}, pciback.State{}},
		{"behind the cut of the list", func(t *testing.T, h *fakekernel.Host) {
			must(t, h.Write("/sys/bus/pci/drivers/pciback/new_slot", "02:*.*"))
			must(t, h.Write("/sys/bus/pci/drivers/pciback/new_slot", "03:*.*"))
		}, pciback.State{Driver: "e1000", Slot: pciback.SlotUnknown}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, d := machine(t, "qemu")
			test.change(t, h)
			if got := state(t, d, nine); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

// TestHideBehindACutList hides and gives back a device whose slot the kernel
// does not show: the refusal to remove what is not there is no failure.
func TestHideBehindACutList(t *testing.T) {
	h, d := machine(t, "qemu")
	for _, bus := range []string{"02:*.*", "03:*.*"} {
		must(t, h.Write("/sys/bus/pci/drivers/pciback/new_slot", bus))
	}
	_, err := d.Hide(t.Context(), nine)
	must(t, err)
	if got, want := state(t, d, nine), (pciback.State{Driver: "pciback", Slot: pciback.SlotUnknown}); got != want {
		t.Errorf("hidden: %+v, want %+v", got, want)
	}
	must(t, d.Unhide(t.Context(), nine, "e1000"))
	must(t, d.Unhide(t.Context(), nine, "e1000"))
	if got, want := state(t, d, nine), (pciback.State{Driver: "e1000", Slot: pciback.SlotUnknown}); got != want {
		t.Errorf("given back: %+v, want %+v", got, want)
	}
}

func TestNeedsOverride(t *testing.T) {
	vf, pf := pci.Address{Bus: 0x18, Slot: 2}, pci.Address{Bus: 0x18}
	h, d := machine(t, "server")
	if d.NeedsOverride(vf) || d.NeedsOverride(pf) {
		t.Error("drivers may probe, and yet an override is needed")
	}
	must(t, h.Write("/sys/bus/pci/devices/0000:18:00.0/sriov_drivers_autoprobe", "0"))
	if !d.NeedsOverride(vf) || d.NeedsOverride(pf) {
		t.Errorf("no driver may probe: VF %v, PF %v; want true, false", d.NeedsOverride(vf), d.NeedsOverride(pf))
	}
	remove(t, h, "sys/bus/pci/devices/0000:18:02.0/driver_override")
	if d.NeedsOverride(vf) {
		t.Error("a kernel without driver_override cannot need it")
	}
}

func TestCardBus(t *testing.T) {
	card := pci.Address{Bus: 4, Slot: 1}
	h, d := machine(t, "desktop")
	if above := (pci.Address{Slot: 0x1e}); !d.CardBus(card) || d.CardBus(above) || d.CardBus(pci.Address{Slot: 0x1f, Function: 7}) {
		t.Errorf("the CardBus bridge %v, want true; the PCI bridge above it %v, want false", d.CardBus(card), d.CardBus(above))
	}
	edit(t, h, "sys/bus/pci/devices/0000:04:01.0/class", func(string) string { return "0x060400\n" })
	if d.CardBus(card) {
		t.Error("a CardBus bridge, and its class says that it is none")
	}
}

func TestBackendDomains(t *testing.T) {
	h, d := machine(t, "qemu")
	none, err := d.BackendDomains()
	if len(none) > 0 || err != nil {
		t.Errorf("%v, %v; want none", none, err)
	}
	for i, a := range []pci.Address{nine, {Slot: 0xa}} {
		_, err := d.Hide(t.Context(), a)
		must(t, err)
		must(t, h.Assign(a.String(), 7+i))
	}
	// Others have backends there too, and a name may be no number.
	for _, name := range []string{"vbd-3-51712", "vif-3-0", "pci-x-0", "pci-70000-0", "pci"} {
		edit(t, h, "sys/bus/xen-backend/devices/"+name+"/devtype", func(string) string { return "\n" })
	}
	got, err := d.BackendDomains()
	slices.Sort(got)
	if diff := cmp.Diff([]uint16{7, 8}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	remove(t, h, "sys/bus/xen-backend")
	if got, err := d.BackendDomains(); len(got) > 0 || err != nil {
		t.Errorf("without the bus: %v, %v", got, err)
	}
}

// TestUnhideOfWhatPcibackTakesAgain is a device behind a bridge that is hidden
// at boot: pciback is the first driver that the kernel asks.
func TestUnhideOfWhatPcibackTakesAgain(t *testing.T) {
	h := fakekernel.Unpack(t, "qemu")
	must(t, h.BuildIn("hide=(00:1e.0)"))
	d := pciback.New(h.Root).WithAttributes(access{h})
	behind := pci.Address{Bus: 1, Slot: 1}
	err := d.Unhide(t.Context(), behind, pciback.AnyDriver)
	var move *pciback.MoveError
	if !errors.As(err, &move) || move.Stranded() || !strings.Contains(err.Error(), "a bridge above it") {
		t.Fatalf("%v", err)
	}
	if got := state(t, d, behind); !got.Hidden() {
		t.Errorf("at %+v", got)
	}
	must(t, d.Unhide(t.Context(), behind, "e1000"))
}
