package fit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestSharedPages(t *testing.T) {
	at := func(s string) pci.Address { return graphtest.Address(t, s) }
	const memory, ports, unset = 0x40200, 0x40101, 0x20040200
	devices := []pci.Device{
		// Two EHCI controllers and the AHCI of a PC, as its firmware places them.
		{Address: at("00:1a.0"), Regions: []pci.Region{{Number: 0, Start: 0xf7c3_c000, End: 0xf7c3_c3ff, Flags: memory}}},
		{Address: at("00:1d.0"), Regions: []pci.Region{{Number: 0, Start: 0xf7c3_c400, End: 0xf7c3_c7ff, Flags: memory}}},
		{Address: at("00:1f.2"), Regions: []pci.Region{{Number: 0, Start: 0xf070, End: 0xf077, Flags: ports}, {Number: 5, Start: 0xf7c3_b000, End: 0xf7c3_b7ff, Flags: memory}}},
		{Address: at("00:1f.3"), Regions: []pci.Region{{Number: 4, Start: 0xf078, End: 0xf07f, Flags: ports}}},
		// A whole page beside it, and one that has no address.
		{Address: at("00:19.0"), Regions: []pci.Region{{Number: 0, Start: 0xf7c3_d000, End: 0xf7c3_dfff, Flags: memory}, {Number: 1, Start: 0xf7c3_c800, End: 0xf7c3_c8ff, Flags: unset}}},
		// The window of a bridge is not its own.
		{Address: at("00:1c.0"), Regions: []pci.Region{{Number: 14, Start: 0xf7c3_b800, End: 0xf7c3_bfff, Flags: memory}}},
		// It begins in a page of its own and ends in another's.
		{Address: at("02:00.0"), Regions: []pci.Region{{Number: 0, Start: 0xd000_0000, End: 0xd000_13ff, Flags: memory}}},
		{Address: at("02:00.1"), Regions: []pci.Region{{Number: 0, Start: 0xd000_1400, End: 0xd000_14ff, Flags: memory}, {Number: 1, Start: 0xd000_1500, End: 0xd000_15ff, Flags: memory}}},
	}
	for i := range devices {
		devices[i].CanReset = true
	}
	want := map[string][]string{
		"00:1a.0": {"shared_page 0000:00:1d.0"},
		"00:1d.0": {"shared_page 0000:00:1a.0"},
		"02:00.0": {"shared_page 0000:02:00.1"},
		"02:00.1": {"shared_page 0000:02:00.0"},
	}
	root := graphtest.Plant(t, map[string]string{"/sys/firmware/devicetree/base/model": "Juno\x00"})
	m := Scan(root, devices)
	if diff := cmp.Diff(want, hints(m, devices)); diff != "" {
		t.Error(diff)
	}
	for device, page := range map[string]string{"00:1a.0": "0xf7c3c000", "02:00.1": "0xd0001000"} {
		if found := m.Hints(at(device)); len(found) != 1 || !strings.Contains(found[0].Reason, page) {
			t.Errorf("%s: %+v; want the page %s", device, found, page)
		}
	}
}
