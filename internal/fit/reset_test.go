package fit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestResets(t *testing.T) {
	at := func(s string) pci.Address { return graphtest.Address(t, s) }
	port, card, sound, usb := at("00:1c.0"), at("01:00.0"), at("01:00.1"), at("01:00.2")
	devices := []pci.Device{
		{Address: at("00:00.0"), Class: 0x060000}, // a part of the machine
		{Address: at("00:1f.4"), Class: 0x0c0500},
		{Address: at("00:1d.0"), Class: 0x060400}, // a port with nothing behind it
		{Address: at("00:02.0"), Class: 0x030000, Siblings: []pci.Address{at("00:02.1")}},
		{Address: at("00:08.0"), Class: 0x068000},
		{Address: at("00:09.0"), Class: 0x060700},
		{Address: port, Class: 0x060400},
		{Address: card, Class: 0x030000, Driver: "amdgpu", Parent: &port, Above: []pci.Address{port}, Siblings: []pci.Address{sound, usb}},
		{Address: sound, Class: 0x040300, Driver: "snd_hda_intel", Parent: &port, Above: []pci.Address{port}, Siblings: []pci.Address{card, usb}, CanReset: true},
		{Address: usb, Class: 0x0c0330, Parent: &port, Above: []pci.Address{port}, Siblings: []pci.Address{card, sound}, CanReset: true},
	}
	root := graphtest.Plant(t, map[string]string{"/sys/firmware/devicetree/base/model": "Juno\x00"})
	m := Scan(root, devices)
	want := map[string][]string{
		"00:09.0": {"cardbus_bridge"},
		"00:1d.0": {"pci_bridge"},
		"00:02.0": {"no_reset"},
		"01:00.0": {"reset_shared 0000:01:00.1 0000:01:00.2"},
	}
	if diff := cmp.Diff(want, hints(m, devices)); diff != "" {
		t.Error(diff)
	}
	for _, driver := range []string{"snd_hda_intel", "no driver"} {
		if reason := m.Hints(card)[0].Reason; !strings.Contains(reason, driver) {
			t.Errorf("%q; want the driver of each function, %q", reason, driver)
		}
	}
}
