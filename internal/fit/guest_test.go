package fit

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestGuests(t *testing.T) {
	at := func(s string) pci.Address { return graphtest.Address(t, s) }
	bridge, card := at("00:1c.0"), at("04:00.0")
	devices := []pci.Device{
		{Address: at("00:00.0"), Class: 0x060000},
		{Address: at("00:1a.0"), Class: 0x0c0320},
		{Address: at("00:1d.0"), Class: 0x0c0320},
		{Address: bridge, Class: 0x060400},
		{Address: card, Class: 0x020000, Parent: &bridge, Above: []pci.Address{bridge}},
		{Address: at("04:01.0"), Class: 0x060700},
		{Address: pci.Address{Domain: 0x10000}, Class: 0x010802},
		{Address: at("05:00.0"), Class: 0x030000},
		{Address: at("05:01.0"), Class: 0x030000},
	}
	const tables, version = "/sys/firmware/acpi/tables/", "/sys/hypervisor/version/"
	xen := func(files ...string) map[string]string {
		all := map[string]string{"/sys/hypervisor/type": "xen\n", "/sys/hypervisor/guest_type": "PV\n", "/sys/hypervisor/properties/features": "000228f0\n", tables + "FACP": ""}
		for i := 0; i < len(files); i += 2 {
			all[files[i]] = files[i+1]
		}
		return all
	}
	const vtd = "RMAD"
	none := func(code Code) []Guest {
		return []Guest{{Kind: "PV", Code: code}, {Kind: "HVM", Code: code}, {Kind: "PVH", Code: code}}
	}
	pvh := Guest{Kind: "PVH", Code: NoFrontend}
	both := []Guest{{Kind: "PV", Can: true}, {Kind: "HVM", Can: true}, pvh}
	relaxed := []Guest{{Kind: "PV", Can: true, Condition: "rdm_policy=relaxed"}, {Kind: "HVM", Can: true, Condition: "rdm_policy=relaxed"}, pvh}
	old := []Guest{
		{Kind: "PV", Can: true, Condition: "unsafe, since there is no IOMMU"},
		{Kind: "HVM", Code: NoIOMMU}, pvh,
	}
	today := none(NoIOMMU)
	memory := xen(tables+vtd, string(dmarOf(vtd,
		rmrr(0, 0xdb7d_7000, 0xdb7e_0fff, inScope(1, 0, 0x1d, 0), inScope(1, 0, 0x1a, 0)),
		rmrr(0, 0x7f7e_e000, 0x7f7e_efff, inScope(1, 0, 0x1c, 0, 0, 0)),
		rmrr(0, 0x7f7f_e000, 0x7f7f_efff, inScope(1, 5, 1, 0)))))
	const gfx = "gfx_passthru=1 to boot on this screen"
	for _, test := range []struct {
		name   string
		files  map[string]string
		device pci.Address
		want   []Guest
	}{
		{"an IOMMU", xen(tables+vtd, string(dmarOf(vtd))), card, both},
		{"AMD's", xen(tables+"IVRS", string(ivrsOf(ivhd()))), card, both},
		{"a PVH dom0", xen("/sys/hypervisor/guest_type", "PVH\n"), card, []Guest{{Kind: "PV", Code: NoInterrupts}, {Kind: "HVM", Can: true}, pvh}},
		{"a bridge in a PVH dom0", xen("/sys/hypervisor/guest_type", "PVH\n"), bridge, none(PCIBridge)},
		{"an IOMMU whose table is broken", xen(tables+vtd, vtd), card, both},
		{"shared memory of the firmware", memory, at("00:1a.0"), relaxed},
		{"memory of the firmware", memory, card, []Guest{
			{Kind: "PV", Can: true},
			{Kind: "HVM", Can: true, Condition: "rdm_policy=relaxed where that overlaps the guest's memory"}, pvh,
		}},
		{"a graphics card", memory, at("05:00.0"), []Guest{{Kind: "PV", Can: true}, {Kind: "HVM", Can: true, Condition: gfx}, pvh}},
		{"a graphics card with memory of the firmware", memory, at("05:01.0"), []Guest{
			{Kind: "PV", Can: true},
			{Kind: "HVM", Can: true, Condition: "rdm_policy=relaxed where that overlaps the guest's memory, " + gfx}, pvh,
		}},
		{"no IOMMU, and no version", xen(), card, today},
		{"no IOMMU, Xen 4.13", xen(version+"major", "4\n", version+"minor", "13\n"), card, today},
		{"no IOMMU, Xen 5.0", xen(version+"major", "5\n", version+"minor", "0\n"), card, today},
		{"no IOMMU, Xen 4.12", xen(version+"major", "4\n", version+"minor", "12\n"), card, old},
		{"no IOMMU, Xen 3.4", xen(version+"major", "3\n", version+"minor", "4\n"), card, old},
		{"it is not known whether there is an IOMMU", map[string]string{"/sys/hypervisor/type": "xen\n"}, card, nil},
		{"Arm", map[string]string{"/sys/firmware/devicetree/base/model": "Juno\x00"}, card, nil},
		{"the host bridge", memory, at("00:00.0"), none(Platform)},
		{"a bridge", memory, bridge, none(PCIBridge)},
		{"a CardBus bridge", memory, at("04:01.0"), none(CardBusBridge)},
		{"behind a VMD controller", memory, pci.Address{Domain: 0x10000}, none(Domain)},
		{"not there", memory, at("09:00.0"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := graphtest.Plant(t, test.files)
			got := slices.Clone(Scan(root, devices).Guests(test.device))
			for i, g := range got {
				if g.Can != (g.Code == "") || g.Can != (g.Reason == "") {
					t.Errorf("%+v: one of code and reason is missing", g)
				}
				got[i].Reason = ""
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
