package fit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestReservedLow(t *testing.T) {
	type region struct {
		start uint64
		kind  string
	}
	bios := []region{{0, "System RAM"}, {0x9fc00, "Reserved"}, {0x100000, "System RAM"}, {0x7ffe0000, "Reserved"}}
	for _, test := range []struct {
		name    string
		guest   string // guest_type
		regions []region
		want    string // in the hint; "" for none
	}{
		{"BIOS", "PV", bios, ""},
		{"OVMF", "PV", append(bios, region{0x810000, "ACPI Non-volatile Storage"}, region{0x806000, "ACPI Non-volatile Storage"}), "0x806000"},
		{"at 1 MiB, which xl leaves out", "PV", append(bios, region{0x100000, "Reserved"}), ""},
		{"the last byte of the kernel", "PV", append(bios, region{128<<20 - 1, "ACPI Tables"}), "0x7ffffff"},
		{"behind the kernel", "PV", append(bios, region{128 << 20, "ACPI Tables"}), ""},
		{"unusable memory, which xl leaves out", "PV", append(bios, region{0x806000, "Unusable memory"}), ""},
		{"a PVH dom0 sees a map of its own", "PVH", append(bios, region{0x806000, "Reserved"}), ""},
		{"above 4 GiB", "PV", append(bios, region{1<<32 + 0x806000, "Reserved"}), ""},
		{"more regions than the kernel's first table has", "PV", append(slices.Repeat(bios, 300), region{0x806000, "Reserved"}), "0x806000"},
		{"no map", "PV", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"/sys/hypervisor/type": "xen\n", "/sys/hypervisor/guest_type": test.guest + "\n", "/sys/firmware/acpi/tables/IVRS": string(ivrsOf(ivhd()))}
			for i, r := range test.regions {
				files[fmt.Sprintf("/sys/firmware/memmap/%d/start", i)] = fmt.Sprintf("%#x\n", r.start)
				files[fmt.Sprintf("/sys/firmware/memmap/%d/type", i)] = r.kind + "\n"
			}
			card := pci.Address{Bus: 4}
			m := Scan(graphtest.Plant(t, files), []pci.Device{{Address: card, Class: 0x020000}})
			var got string
			for _, h := range m.Hints(card) {
				if h.Code == LowMemory {
					got = h.Reason
				}
			}
			if (got != "") != (test.want != "") || !strings.Contains(got, test.want) {
				t.Errorf("%q, want %q in it", got, test.want)
			}
			if condition := m.Guests(card)[0].Condition; (condition == attached) != (test.want != "") {
				t.Errorf("a PV guest can have it %q", condition)
			}
		})
	}
}
