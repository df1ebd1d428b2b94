package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

var nine = pci.Address{Slot: 9}

// The states that a device is found in.
var (
	inDom0   = pciback.State{Driver: "3c59x"}
	unbound  = pciback.State{}
	hidden   = pciback.State{Driver: "pciback", Slot: pciback.SlotRegistered}
	slotless = pciback.State{Driver: "pciback"}
	byRule   = pciback.State{Driver: "pciback", Override: "pciback", Slot: pciback.SlotRegistered}
	reserved = pciback.State{Driver: "vfio-pci", Override: "vfio-pci"}
)

func TestForHide(t *testing.T) {
	for _, test := range []struct {
		name    string
		facts   plan.Facts
		options plan.HideOptions
		want    plan.Action
	}{
		{
			"from its driver", plan.Facts{Device: nine, State: inDom0}, plan.HideOptions{Quarantine: true},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: inDom0, Target: hidden, Note: "3c59x", Quarantine: true},
		},
		{
			"without quarantine, with a name", plan.Facts{Device: nine, State: inDom0}, plan.HideOptions{Name: "lan"},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: inDom0, Target: hidden, Note: "3c59x", Name: "lan"},
		},
		{
			"without a driver: noted as that", plan.Facts{Device: nine, State: unbound}, plan.HideOptions{},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: unbound, Target: hidden},
		},
		{
			"reserved for another", plan.Facts{Device: nine, State: reserved}, plan.HideOptions{},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: reserved, Target: hidden, Note: "vfio-pci"},
		},
		{
			"a VF that no driver may probe", plan.Facts{Device: nine, State: inDom0, ByOverride: true}, plan.HideOptions{},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: inDom0, Target: byRule, Note: "3c59x"},
		},
		{
			"hidden already: quarantined all the same, and its origin not noted again",
			plan.Facts{Device: nine, State: hidden, Came: "3c59x"}, plan.HideOptions{Quarantine: true},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: hidden, Target: hidden, Quarantine: true},
		},
		{
			"hidden by override", plan.Facts{Device: nine, State: byRule}, plan.HideOptions{},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: byRule, Target: byRule},
		},
		{
			"hidden without its slot", plan.Facts{Device: nine, State: slotless}, plan.HideOptions{},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: slotless, Target: hidden},
		},
		{
			"a running guest has it: nothing is done",
			plan.Facts{Device: nine, State: slotless, Guest: &pciback.Guest{ID: 1}}, plan.HideOptions{Quarantine: true},
			plan.Action{Verb: plan.Hide, Device: nine, Origin: slotless, Target: slotless},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, plan.ForHide(test.facts, test.options)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForUnhide(t *testing.T) {
	const modalias = "pci:v000010B7d00009055"
	back := pciback.GivenBack
	for _, test := range []struct {
		name    string
		facts   plan.Facts
		options plan.UnhideOptions
		want    plan.Action
	}{
		{
			"to the driver that it came from",
			plan.Facts{Device: nine, State: hidden, Modalias: modalias, Noted: true, Came: "3c59x"}, plan.UnhideOptions{},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: hidden, Target: back("3c59x"), Release: true, Load: modalias, Forget: true, OrAny: true},
		},
		{
			"to the one that matches, where nobody noted it",
			plan.Facts{Device: nine, State: hidden, Modalias: modalias}, plan.UnhideOptions{},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: hidden, Target: back("*"), Release: true, Load: modalias},
		},
		{
			"to the one that is asked for",
			plan.Facts{Device: nine, State: hidden, Modalias: modalias, Came: "3c59x"}, plan.UnhideOptions{Driver: "vfio-pci"},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: hidden, Target: back("vfio-pci"), Release: true, Load: modalias},
		},
		{
			"its own override goes",
			plan.Facts{Device: nine, State: byRule, Came: "3c59x"}, plan.UnhideOptions{},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: byRule, Target: back("3c59x"), Release: true, OrAny: true},
		},
		{
			"somebody else's override stays",
			plan.Facts{Device: nine, State: pciback.State{Driver: "pciback", Override: "vfio-pci", Slot: pciback.SlotRegistered}}, plan.UnhideOptions{},
			plan.Action{
				Verb: plan.Unhide, Device: nine, Origin: pciback.State{Driver: "pciback", Override: "vfio-pci", Slot: pciback.SlotRegistered},
				Target: pciback.State{Driver: "*", Override: "vfio-pci"}, Release: true,
			},
		},
		{
			"in dom0: released all the same, since xl may have left it in quarantine",
			plan.Facts{Device: nine, State: inDom0, Modalias: modalias, Noted: true, Came: "e1000"}, plan.UnhideOptions{},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: inDom0, Target: inDom0, Release: true, Forget: true},
		},
		{
			"in dom0 and registered: it keeps its driver",
			plan.Facts{Device: nine, State: pciback.State{Driver: "3c59x", Slot: pciback.SlotRegistered}, Came: "e1000"}, plan.UnhideOptions{},
			plan.Action{
				Verb: plan.Unhide, Device: nine, Origin: pciback.State{Driver: "3c59x", Slot: pciback.SlotRegistered},
				Target: inDom0, Release: true,
			},
		},
		{
			"in dom0, and another driver is asked for",
			plan.Facts{Device: nine, State: inDom0}, plan.UnhideOptions{Driver: "vfio-pci"},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: inDom0, Target: back("vfio-pci"), Release: true},
		},
		{
			"nobody has it",
			plan.Facts{Device: nine, State: unbound, Modalias: modalias}, plan.UnhideOptions{},
			plan.Action{Verb: plan.Unhide, Device: nine, Origin: unbound, Target: back("*"), Release: true, Load: modalias},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := plan.ForUnhide(test.facts, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForUnhideInUse(t *testing.T) {
	guest := pciback.Guest{ID: 3, Name: "router"}
	_, err := plan.ForUnhide(plan.Facts{Device: nine, State: hidden, Guest: &guest}, plan.UnhideOptions{Driver: "3c59x"})
	var inUse *plan.InUseError
	if !errors.As(err, &inUse) {
		t.Fatalf("%v is no *InUseError", err)
	}
	if diff := cmp.Diff(plan.InUseError{Device: nine, Guest: guest}, *inUse); diff != "" {
		t.Error(diff)
	}
	const want = "0000:00:09.0: guest router (domain 3) has it; shut the guest down, or take the device from it with 'xl pci-detach 3 0000:00:09.0'; a guest that has crashed is ended by 'xl destroy 3'"
	if err.Error() != want {
		t.Errorf("got  %q\nwant %q", err, want)
	}
}

func TestMoves(t *testing.T) {
	for _, test := range []struct {
		name   string
		action plan.Action
		want   bool
	}{
		{"to pciback", plan.Action{Device: nine, Origin: inDom0, Target: hidden}, true},
		{"only its slot is missing", plan.Action{Device: nine, Origin: slotless, Target: hidden}, true},
		{"hidden already", plan.Action{Device: nine, Origin: hidden, Target: hidden, Quarantine: true}, false},
		{"any driver, and it has one", plan.Action{Device: nine, Origin: inDom0, Target: pciback.GivenBack("*")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.action.Moves(); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// TestSteps wants what a person reads, in the order in which it is done.
func TestSteps(t *testing.T) {
	hide := plan.ForHide(plan.Facts{Device: nine, State: inDom0}, plan.HideOptions{Name: "lan", Quarantine: true})
	unhide, err := plan.ForUnhide(plan.Facts{
		Device: nine, State: byRule, Modalias: "pci:v000010B7d00009055", Noted: true, Came: "3c59x",
	}, plan.UnhideOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		action plan.Action
		store  bool
		want   string
	}{
		{"hide", hide, true, `
register slot: /sys/bus/pci/drivers/pciback/new_slot <- 0000:00:09.0
unbind: /sys/bus/pci/drivers/3c59x/unbind <- 0000:00:09.0
bind: /sys/bus/pci/drivers/pciback/bind <- 0000:00:09.0
note in xenstore: /libxl/pci/0000-00-09-0/driver_path <- /sys/bus/pci/drivers/3c59x
put into Xen's quarantine
note in xenstore: /libxl/pci/0000-00-09-0/name <- lan`},
		{"hide without xenstored", hide, false, `
register slot: /sys/bus/pci/drivers/pciback/new_slot <- 0000:00:09.0
unbind: /sys/bus/pci/drivers/3c59x/unbind <- 0000:00:09.0
bind: /sys/bus/pci/drivers/pciback/bind <- 0000:00:09.0
put into Xen's quarantine`},
		{"hide what has no driver", plan.ForHide(plan.Facts{Device: nine}, plan.HideOptions{}), true, `
register slot: /sys/bus/pci/drivers/pciback/new_slot <- 0000:00:09.0
bind: /sys/bus/pci/drivers/pciback/bind <- 0000:00:09.0`},
		{"unhide", unhide, true, `
take out of Xen's quarantine, if it is there
load its module, if no driver is there: pci:v000010B7d00009055
remove slot: /sys/bus/pci/drivers/pciback/remove_slot <- 0000:00:09.0
clear driver_override: /sys/bus/pci/devices/0000:00:09.0/driver_override <- "\n"
unbind: /sys/bus/pci/drivers/pciback/unbind <- 0000:00:09.0
bind: /sys/bus/pci/drivers/3c59x/bind <- 0000:00:09.0
remove from xenstore: /libxl/pci/0000-00-09-0`},
		{"unhide without xenstored", unhide, false, `
take out of Xen's quarantine, if it is there
load its module, if no driver is there: pci:v000010B7d00009055
remove slot: /sys/bus/pci/drivers/pciback/remove_slot <- 0000:00:09.0
clear driver_override: /sys/bus/pci/devices/0000:00:09.0/driver_override <- "\n"
unbind: /sys/bus/pci/drivers/pciback/unbind <- 0000:00:09.0
bind: /sys/bus/pci/drivers/3c59x/bind <- 0000:00:09.0`},
		{"nothing to do", plan.ForHide(plan.Facts{Device: nine, State: hidden}, plan.HideOptions{}), true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			for _, step := range test.action.Steps(test.store) {
				got.WriteString("\n" + step.String())
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
