package cli

import (
	"encoding/json"
	"reflect"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func pointer[T any](v T) *T { return &v }

// TestDescribeEverything wants every field of a device in its document, and
// every field of its status.
func TestDescribeEverything(t *testing.T) {
	t.Parallel()
	at := func(bus, slot uint8) pci.Address { return pci.Address{Bus: bus, Slot: slot} }
	d := pci.Device{
		Address: at(1, 2), Vendor: 0x8086, Device: 0x1572, Class: 0x060401, Revision: 0x0a, SubVendor: 0x15d9, SubDevice: 0x0953,
		Modalias: "pci:v1", Driver: "pciback", Parent: pointer(at(0, 3)), Above: []pci.Address{at(0, 3)}, Siblings: []pci.Address{at(1, 4)},
		Override: pointer("pciback"), Label: pointer("LAN\n"), PhysFn: pointer(at(1, 5)), VirtFns: []pci.Address{at(1, 6)}, CanReset: true,
		ResetMethods: []string{"flr"}, NUMANode: pointer(0), IRQ: pointer(17), Enabled: pointer(1), IOMMUGroup: "12", Node: "/firmware/x",
		PhysicalSlot: "4-1", Behind: &pci.Buses{Secondary: 0xe, Subordinate: 0x1f}, Regions: []pci.Region{{Number: 1, Start: 0x1000, End: 0x10ff, Flags: 0x101}},
	}
	status := engine.DeviceStatus{
		Device: d.Address, Present: true, State: pciback.State{Driver: "pciback", Override: "pciback", Slot: pciback.SlotRegistered},
		Guest: &pciback.Guest{ID: 3, Name: "router"}, WantedBy: "hide=", Unfinished: "hide not finished",
		Err: syscall.EIO, Hide: engine.Verdict{Already: true, Err: &pciback.DomainError{Device: d.Address}},
		Findings: []usage.Finding{{Device: d.Address, Level: usage.Warn, Text: "it is the spare disk"}},
		Guests:   []usage.GuestKind{{Kind: "PV", Can: true, Condition: "rdm_policy=relaxed"}, {Kind: "PVH", Reason: "it cannot see it"}},
	}
	for _, whole := range []any{d, status} {
		v := reflect.ValueOf(whole)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%T.%s: the test has nothing in it", whole, v.Type().Field(i).Name)
			}
		}
	}
	got, err := json.Marshal(describe(d, nil, status))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"address":"0000:01:02.0",` +
		`"class":"060401","class_name":"Class 0604","prog_if":"01","vendor":"8086","device":"1572","name":"Device 8086:1572","revision":"0a",` +
		`"subsystem_vendor":"15d9","subsystem_device":"0953","subsystem":"[15d9:0953]","label":"LAN",` +
		`"driver":"pciback","driver_override":"pciback","modalias":"pci:v1",` +
		`"hidden":true,"slot":"registered","guest":{"id":3,"name":"router"},"wanted_by":"hide=","unfinished":"hide not finished",` +
		`"remark":"hide not finished",` +
		`"hide":{"verdict":"refused","reason":"pciback takes no device of a domain above ffff; it is behind a VMD controller, which can be hidden with all that is behind it","status":1},` +
		`"findings":[{"level":"warn","about":"dom0","text":"it is the spare disk"}],` +
		`"guests":[{"kind":"PV","can":true,"condition":"rdm_policy=relaxed"},{"kind":"PVH","can":false,"reason":"it cannot see it"}],` +
		`"parent":"0000:00:03.0","above":["0000:00:03.0"],"siblings":["0000:01:04.0"],"physfn":"0000:01:05.0","virtfns":["0000:01:06.0"],` +
		`"behind":{"secondary":"0e","subordinate":"1f"},"physical_slot":"4-1","of_node":"/firmware/x",` +
		`"reset":true,"reset_methods":["flr"],"numa_node":0,"irq":17,"enabled":1,"iommu_group":"12",` +
		`"regions":[{"number":1,"kind":"ports","start":"0x1000","end":"0x10ff","size":256,"flags":"0x101"}],` +
		`"guest_config":"pci = [ '0000:01:02.0' ]"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
