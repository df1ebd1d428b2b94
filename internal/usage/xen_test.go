package usage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func TestHypervisor(t *testing.T) {
	at := func(s string) pci.Address { return addressOf(t, s) }
	ehci0, ehci1, port, array, serial := at("00:1a.0"), at("00:1d.0"), at("00:02.0"), at("04:00.0"), at("05:00.0")
	devices := []pci.Device{
		{Address: ehci0}, {Address: ehci1}, {Address: port},
		{Address: array, Parent: &port, Above: []pci.Address{port}},
		{Address: serial, Class: 0x070002},
	}
	const tables = "/sys/firmware/acpi/tables/"
	xen := func(more map[string]string) map[string]string {
		files := map[string]string{"/sys/hypervisor/type": "xen\n", "/sys/hypervisor/guest_type": "PV\n", tables + "FACP": ""}
		for name, content := range more {
			files[name] = content
		}
		return files
	}
	everywhere := func(text string, more map[string][]string) map[string][]string {
		all := make(map[string][]string)
		for _, d := range devices {
			at := d.Address.Short()
			all[at] = append(append([]string{}, more[at]...), text) // what is of dom0 comes first
		}
		return all
	}
	own := map[string][]string{"05:00.0": {"warn: it is a serial card without a driver: Xen's own console may be on it"}}
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
			"00:1a.0": {"warn: the firmware keeps memory for it (RMRR 0xdb7d7000-0xdb7e0fff), and the same for 0000:00:1d.0: a guest with it does not start without rdm_policy=relaxed"},
			"00:1d.0": {"warn: the firmware keeps memory for it (RMRR 0xdb7d7000-0xdb7e0fff), and the same for 0000:00:1a.0: a guest with it does not start without rdm_policy=relaxed"},
			"04:00.0": {"warn: the firmware keeps memory for it (RMRR 0x7f7ee000-0x7f7eefff and 1 more): where that is in the way of a guest's own memory, the guest does not start without rdm_policy=relaxed"},
			"05:00.0": own["05:00.0"],
		}},
		{"an RMRR of all that is behind a bridge", map[string]string{tables + "DMAR": string(dmarOf("DMAR", rmrr(0, 0x1000, 0x1fff, inScope(2, 0, 2, 0))))}, map[string][]string{
			"00:02.0": {"warn: the firmware keeps memory for it (RMRR 0x1000-0x1fff), and the same for 0000:04:00.0: a guest with it does not start without rdm_policy=relaxed"},
			"04:00.0": {"warn: the firmware keeps memory for it (RMRR 0x1000-0x1fff), and the same for 0000:00:02.0: a guest with it does not start without rdm_policy=relaxed"},
		}},
		{"AMD", xen(map[string]string{tables + "IVRS": string(ivrsOf(ivhd()))}), own},
		{"an early Xen", xen(map[string]string{tables + "XMAR": string(dmarOf("XMAR"))}), own},
		{"no IOMMU", xen(nil), everywhere("warn: there is no IOMMU: since Xen 4.13 xl starts no guest with a device then", own)},
		{"no IOMMU, an older Xen", xen(map[string]string{"/sys/hypervisor/version/major": "4\n", "/sys/hypervisor/version/minor": "12\n"}),
			everywhere("warn: there is no IOMMU: only a PV guest can have it, and reaches all memory of this machine by it", own)},
		{"a PVH dom0", xen(map[string]string{"/sys/hypervisor/guest_type": "PVH\n"}), own},
		{"a device tree", map[string]string{"/sys/firmware/devicetree/base/model": "Arm-Juno\x00"}, nil},
		{"no tables", nil, everywhere("warn: whether there is an IOMMU cannot be seen: /sys/firmware/acpi/tables: open: no such file or directory (ENOENT)", nil)},
		{"a broken table", map[string]string{tables + "DMAR": "DMAR"},
			everywhere("warn: which functions the firmware keeps memory for (RMRR) cannot be seen: /sys/firmware/acpi/tables/DMAR: not a DMAR table: 4 bytes", nil)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == nil {
				test.want = map[string][]string{}
			}
			if diff := cmp.Diff(test.want, said(look(t, hypervisor, devices, test.files), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
