package boot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// carryOut enables exactly these layers, for the given devices.
func (m *machine) carryOut(run func(args ...string) error, devices func(*Host) []Device, layers ...Name) {
	m.t.Helper()
	h := m.look(run)
	given := devices(h)
	setup, err := Prepare(m.t.Context(), h, List{Devices: given, Declared: len(given)}, layers)
	if err == nil {
		err = setup.CarryOut(m.t.Context())
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// TestWithdrawnImage withdraws devices whose driver is in the image: the copies in the
// image are removed, whichever devices are left.
func TestWithdrawnImage(t *testing.T) {
	t.Parallel()
	other := Device{Address: pci.Address{Slot: 12}, Vendor: 0x8086, Device: 0x1234} // no driver of the image takes it
	none := func(*Host) []Device { return nil }
	for _, test := range []struct {
		name   string
		layers []Name
		before func(h *Host) []Device
		after  func(h *Host) []Device
		gone   string // what the image has before, and not after
	}{
		{"the last one, by modprobe", []Name{Modprobe}, cards, none, "(0000:00:09.0)"},
		{"the last one, by udev", []Name{Udev}, cards, none, "0000:00:09.0"},
		{"one of two", []Name{Modprobe, Service}, func(h *Host) []Device { return append(cards(h)[:1], other) },
			func(*Host) []Device { return []Device{other} }, "(0000:00:09.0)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, p := debianWithPrograms(t)
			made := m.made()
			m.carryOut(p.run, test.before, test.layers...)
			if !strings.Contains(m.made()["image"], test.gone) {
				t.Fatal("the image has no copy")
			}
			layers := test.layers
			if len(test.after(m.look(nil))) == 0 {
				layers = nil
			}
			m.carryOut(p.run, test.after, layers...)
			if strings.Contains(m.made()["image"], test.gone) {
				t.Error("the image hides it still")
			}
			if diff := cmp.Diff(made, m.made()); layers == nil && diff != "" {
				t.Error("what the programs made is not as it was before")
			}
		})
	}
}
