package passthrough

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestDeviceState(t *testing.T) {
	refused := func(codes ...Code) (all []Finding) {
		for _, code := range codes {
			all = append(all, Finding{Level: LevelRefuse, Code: code})
		}
		return all
	}
	yes, never := Verdict{Verdict: VerdictYes}, Verdict{Verdict: VerdictRefused, Code: CodeNeverHeld}
	noPciback := Verdict{Verdict: VerdictRefused, Code: CodeNoPciback}
	guard := Verdict{Verdict: VerdictRefused, Code: CodeGuard}
	any, none := []GuestKind{{Kind: "PV", Can: true}, {Kind: "PVH"}}, []GuestKind{{Kind: "PV"}, {Kind: "PVH"}}
	for _, test := range []struct {
		name   string
		device Device
		state  DeviceState
		given  bool
	}{
		{"nothing speaks against it", Device{Hide: yes, Guests: any}, DeviceFree, true},
		{"it is not known which guests could have it", Device{Hide: yes}, DeviceFree, true},
		{"no guest could have it", Device{Hide: yes, Guests: none}, DeviceFree, false},
		{"a warning", Device{Hide: yes, Findings: []Finding{{Level: LevelWarn, Code: CodePlatform}}}, DeviceFree, true},
		{"no pciback", Device{Hide: noPciback, Guests: any}, DeviceFree, false},
		{"left by an earlier run", Device{Hidden: true, Unfinished: &Unfinished{Verb: VerbUnhide}}, DeviceUnfinished, false},
		{"a guest has it", Device{Hidden: true, Guest: &pciback.Guest{ID: 3}, Guests: any}, DeviceAssigned, false},
		{"pciback has it", Device{Hidden: true, Hide: Verdict{Verdict: VerdictAlready}, Guests: any}, DeviceHidden, true},
		{"perhaps a guest has it", Device{Hidden: true, Hide: Verdict{Verdict: VerdictRefused, Code: CodeGuestsUnknown}}, DeviceHidden, false},
		{"a hidden bridge", Device{Hidden: true, Class: "060400", Hide: Verdict{Verdict: VerdictAlready}, Guests: none}, DeviceHidden, false},
		{"a bridge", Device{Class: "060400", Hide: guard, Findings: refused(CodePCIBridge), Guests: none}, DeviceHostPart, false},
		{"a CardBus bridge", Device{Class: "060700", Guests: none}, DeviceHostPart, false},
		{"a timer", Device{Class: "080200", Hide: guard, Findings: refused(CodePlatform)}, DeviceHostPart, false},
		{"dom0 needs it", Device{Hide: guard, Findings: refused(CodeUSBCompanions, CodeKeyboard)}, DeviceInUse, false},
		{"dom0 needs it, and there is no pciback", Device{Hide: noPciback, Findings: refused(CodeMounted)}, DeviceInUse, false},
		{"its USB ports are another's too", Device{Hide: guard, Findings: refused(CodeUSBCompanions), Guests: any}, DeviceTogether, true},
		{"its VFs are hidden", Device{Hide: guard, Findings: refused(CodeVirtualAssigned)}, DeviceVFsHidden, false},
		{"it does not answer", Device{Hide: yes, NoAnswer: true, Guests: none}, DeviceSilent, false},
		{"pciback takes no such device", Device{Hide: never}, DeviceRefused, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := test.device
			d.State = d.state()
			if d.State != test.state || d.canBeGiven() != test.given {
				t.Errorf("%s, can be given: %v; want %s, %v", d.State, d.canBeGiven(), test.state, test.given)
			}
		})
	}
}
