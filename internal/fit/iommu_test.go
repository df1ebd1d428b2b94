package fit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestIOMMU(t *testing.T) {
	at := func(s string) pci.Address { return graphtest.Address(t, s) }
	ehci0, ehci1, port, array := at("00:1a.0"), at("00:1d.0"), at("00:02.0"), at("04:00.0")
	devices := []pci.Device{
		{Address: ehci0, CanReset: true}, {Address: ehci1, CanReset: true}, {Address: port, CanReset: true},
		{Address: array, CanReset: true, Parent: &port, Above: []pci.Address{port}},
	}
	const tables = "/sys/firmware/acpi/tables/"
	xen := func(more map[string]string) map[string]string {
		files := map[string]string{"/sys/hypervisor/type": "xen\n", "/sys/hypervisor/guest_type": "PV\n", "/sys/hypervisor/properties/features": "000228f0\n", tables + "FACP": ""}
		for name, content := range more {
			files[name] = content
		}
		return files
	}
	everywhere := func(hint string) map[string][]string {
		all := make(map[string][]string)
		for _, d := range devices {
			all[d.Address.Short()] = []string{hint}
		}
		return all
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  map[string][]string
	}{
		{"RMRRs", xen(map[string]string{tables + "RMAD": string(dmarOf("RMAD", drhd(),
			rmrr(0, 0xdb7d_7000, 0xdb7e_0fff, inScope(1, 0, 0x1d, 0), inScope(1, 0, 0x1a, 0)),
			rmrr(0, 0x7f7e_e000, 0x7f7e_efff, inScope(1, 0, 2, 0, 0, 0)),
			rmrr(0, 0x7f80_0000, 0x7f80_0fff, inScope(1, 0, 2, 0, 0, 0), inScope(1, 0, 2, 0, 1, 0)),
		))}), map[string][]string{
			"00:1a.0": {"reserved_memory 0000:00:1d.0"},
			"00:1d.0": {"reserved_memory 0000:00:1a.0"},
			"04:00.0": {"reserved_memory"},
		}},
		{"an RMRR of everything behind a bridge", map[string]string{tables + "DMAR": string(dmarOf("DMAR", rmrr(0, 0x1000, 0x1fff, inScope(2, 0, 2, 0))))}, map[string][]string{
			"00:02.0": {"reserved_memory 0000:04:00.0"},
			"04:00.0": {"reserved_memory 0000:00:02.0"},
		}},
		{"AMD", xen(map[string]string{tables + "IVRS": string(ivrsOf(ivhd()))}), nil},
		{"an early Xen", xen(map[string]string{tables + "XMAR": string(dmarOf("XMAR"))}), nil},
		{"no IOMMU", xen(nil), everywhere("no_iommu")},
		{"no IOMMU, an older Xen", xen(map[string]string{"/sys/hypervisor/version/major": "4\n", "/sys/hypervisor/version/minor": "12\n"}), everywhere("no_iommu")},
		{"a PVH dom0", xen(map[string]string{"/sys/hypervisor/guest_type": "PVH\n"}), everywhere("no_interrupts")},
		{"a device tree", map[string]string{"/sys/firmware/devicetree/base/model": "Arm-Juno\x00"}, nil},
		{"no IOMMU that a kernel without Xen sees", map[string]string{tables + "FACP": ""}, everywhere("iommu_unknown")},
		{"no tables", nil, everywhere("iommu_unknown")},
		{"a broken table", map[string]string{tables + "DMAR": "DMAR"}, everywhere("reserved_memory_unknown")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == nil {
				test.want = map[string][]string{}
			}
			if diff := cmp.Diff(test.want, hints(Scan(graphtest.Plant(t, test.files), devices), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A hint about reserved memory has the range, and what to set.
func TestReservedHint(t *testing.T) {
	other := graphtest.Address(t, "00:1a.0")
	alone := reservedHint(pci.Address{}, "RMRR", []reserved{{start: 0x1000, end: 0x1fff}, {start: 0x3000, end: 0x3fff}}, nil)
	shared := reservedHint(pci.Address{}, "IVMD", []reserved{{start: 0x1000, end: 0x1fff}}, []pci.Address{other})
	for _, test := range []struct {
		hint  Hint
		facts []string
	}{
		{alone, []string{"RMRR 0x1000-0x1fff", "1 more", "rdm_policy=relaxed"}},
		{shared, []string{"IVMD 0x1000-0x1fff", other.String(), "rdm_policy=relaxed"}},
	} {
		for _, fact := range test.facts {
			if !strings.Contains(test.hint.Reason, fact) {
				t.Errorf("%q lacks %q", test.hint.Reason, fact)
			}
		}
	}
}

// hints returns code and related functions of each hint, by the short address of
// its device.
func hints(m *Machine, devices []pci.Device) map[string][]string {
	all := make(map[string][]string)
	for _, d := range devices {
		for _, h := range m.Hints(d.Address) {
			text := string(h.Code)
			for _, a := range h.Related {
				text += " " + a.String()
			}
			all[d.Address.Short()] = append(all[d.Address.Short()], text)
		}
	}
	return all
}
