package passthrough

import (
	"encoding/json"
	"reflect"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestNewDevice wants every field of a device, of its status, of a finding and of
// a hint in the document of the device.
func TestNewDevice(t *testing.T) {
	at := func(bus, slot uint8) pci.Address { return pci.Address{Bus: bus, Slot: slot} }
	d := pci.Device{
		Address: at(1, 2), Vendor: 0x8086, Device: 0x1572, Class: 0x060401, Revision: 0x0a, SubVendor: 0x15d9, SubDevice: 0x0953,
		Modalias: "pci:v1", Driver: "pciback", Parent: pointer(at(0, 3)), Above: []pci.Address{at(0, 3)}, Siblings: []pci.Address{at(1, 4)},
		Override: pointer("pciback"), Label: pointer("LAN\n"), PhysFn: pointer(at(1, 5)), VirtFns: []pci.Address{at(1, 6)}, CanReset: true,
		ResetMethods: []string{"flr"}, NUMANode: pointer(0), IRQ: pointer(17), Enabled: pointer(1), IOMMUGroup: "12", Node: "/firmware/x",
		PhysicalSlot: "4-1", Behind: &pci.Buses{Secondary: 0xe, Subordinate: 0x1f}, Regions: []pci.Region{{Number: 1, Start: 0x1000, End: 0x10ff, Flags: 0x101}},
	}
	link := graph.Link{Kind: graph.Function, Name: "0000:01:02.0", Note: "Intel X710", Device: pointer(at(1, 2)), Behind: true}
	finding := graph.Finding{
		Device: d.Address, Severity: graph.Refuse, Code: graph.Mounted, Subject: "/", Chain: []graph.Link{link}, Left: []string{"sdb"},
		Related: []pci.Address{at(1, 7)}, Reason: "/ is on sda, on 0000:01:02.0", Short: "/ is on it", Advice: "move / first",
	}
	status := engine.DeviceStatus{
		Device: d.Address, Present: true, State: pciback.State{Driver: "pciback", Override: "pciback", Slot: pciback.SlotRegistered},
		Came: "e1000", Quarantine: true, Permissive: true, Guest: &pciback.Guest{ID: 3, Name: "router"}, WantedBy: engine.ByParameter, Unfinished: &engine.Unfinished{Verb: "hide", Why: "it hangs"},
		Err: syscall.EIO, Hide: engine.Verdict{Already: true, Err: &pciback.DomainError{Device: d.Address}},
		Findings: []graph.Finding{finding},
	}
	hint := fit.Hint{Device: d.Address, Code: "no_reset", Related: []pci.Address{at(1, 8)}, Reason: "it cannot be reset", Advice: "reboot between guests"}
	can := fit.Guest{Kind: "PV", Can: true, Condition: "rdm_policy=relaxed"}
	cannot := fit.Guest{Kind: "PVH", Code: "no_emulator", Reason: "it cannot see it"}
	for _, whole := range []any{d, link, finding, status, hint} {
		v := reflect.ValueOf(whole)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%T.%s: the test has nothing in it", whole, v.Type().Field(i).Name)
			}
		}
	}
	got, err := json.MarshalIndent(newDevice(d, nil, status, fitness{silent: true, hints: []fit.Hint{hint}, guests: []fit.Guest{can, cannot}}), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wholeDevice, string(got)); diff != "" {
		t.Error(diff)
	}
}

// wholeDevice is the document of a device that has everything.
const wholeDevice = `{
 "address": "0000:01:02.0",
 "class": "060401",
 "class_name": "Class 0604",
 "prog_if": "01",
 "vendor": "8086",
 "device": "1572",
 "name": "Device 8086:1572",
 "short": "Class 0604: Device 8086:1572",
 "revision": "0a",
 "subsystem_vendor": "15d9",
 "subsystem_device": "0953",
 "subsystem": "[15d9:0953]",
 "label": "LAN",
 "driver": "pciback",
 "driver_override": "pciback",
 "modalias": "pci:v1",
 "state": "unfinished",
 "can_be_given": false,
 "hidden": true,
 "slot": "registered",
 "former_driver": "e1000",
 "quarantine": "guest",
 "permissive": true,
 "guest": {
  "id": 3,
  "name": "router"
 },
 "wanted_by": "hide_parameter",
 "unfinished": {
  "verb": "hide",
  "reason": "it hangs"
 },
 "remark": {
  "device": "0000:01:02.0",
  "code": "unfinished",
  "reason": "hide not finished: it hangs"
 },
 "hide": {
  "verdict": "refused",
  "class": "refused",
  "code": "never_held",
  "reason": "pciback takes no device in a domain above ffff",
  "short": "pciback takes no device in a domain above ffff",
  "advice": "hide the VMD controller above it, with everything behind it"
 },
 "findings": [
  {
   "level": "refuse",
   "code": "mounted",
   "subject": "/",
   "chain": [
    {
     "kind": "function",
     "name": "0000:01:02.0",
     "note": "Intel X710",
     "device": "0000:01:02.0",
     "behind": true
    }
   ],
   "left": [
    "sdb"
   ],
   "related": [
    "0000:01:07.0"
   ],
   "reason": "/ is on sda, on 0000:01:02.0",
   "short": "/ is on it",
   "advice": "move / first"
  }
 ],
 "hints": [
  {
   "code": "no_reset",
   "related": [
    "0000:01:08.0"
   ],
   "reason": "it cannot be reset",
   "advice": "reboot between guests"
  }
 ],
 "guests": [
  {
   "kind": "PV",
   "can": true,
   "condition": "rdm_policy=relaxed"
  },
  {
   "kind": "PVH",
   "can": false,
   "code": "no_emulator",
   "reason": "it cannot see it"
  }
 ],
 "parent": "0000:00:03.0",
 "above": [
  "0000:00:03.0"
 ],
 "siblings": [
  "0000:01:04.0"
 ],
 "physfn": "0000:01:05.0",
 "virtfns": [
  "0000:01:06.0"
 ],
 "behind": {
  "secondary": "0e",
  "subordinate": "1f"
 },
 "physical_slot": "4-1",
 "of_node": "/firmware/x",
 "no_answer": true,
 "reset": true,
 "reset_methods": [
  "flr"
 ],
 "numa_node": 0,
 "irq": 17,
 "enabled": 1,
 "iommu_group": "12",
 "regions": [
  {
   "number": 1,
   "kind": "ports",
   "start": "0x1000",
   "end": "0x10ff",
   "size": 256,
   "flags": "0x101"
  }
 ],
 "guest_config": "pci = [ '0000:01:02.0' ]"
}`

// pointer returns a pointer to a value.
func pointer[T any](value T) *T { return &value }
