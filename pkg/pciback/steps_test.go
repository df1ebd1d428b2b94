package pciback_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func ExampleGivenBack() {
	a := pci.Address{Slot: 9}
	hidden := pciback.State{Driver: pciback.Name, Slot: pciback.SlotRegistered}
	for _, step := range pciback.Steps(a, hidden, pciback.GivenBack(pciback.AnyDriver)) {
		fmt.Printf("%s: %s\n", step.Op, step.File)
	}
	// Output:
	// remove slot: /sys/bus/pci/drivers/pciback/remove_slot
	// unbind: /sys/bus/pci/drivers/pciback/unbind
	// probe: /sys/bus/pci/drivers_probe
}

// nine is the device that the steps are about.
var nine = pci.Address{Slot: 9}

// The writes of a move of nine.
func step(op pciback.Op, file, value string) pciback.Step {
	return pciback.Step{Op: op, File: file, Value: value}
}

func register() pciback.Step {
	return step(pciback.NewSlot, "/sys/bus/pci/drivers/pciback/new_slot", "0000:00:09.0")
}

func unregister() pciback.Step {
	return step(pciback.RemoveSlot, "/sys/bus/pci/drivers/pciback/remove_slot", "0000:00:09.0")
}

func override(name string) pciback.Step {
	return step(pciback.SetOverride, "/sys/bus/pci/devices/0000:00:09.0/driver_override", name)
}

func noOverride() pciback.Step {
	return step(pciback.ClearOverride, "/sys/bus/pci/devices/0000:00:09.0/driver_override", "\n")
}

func unbind(driver string) pciback.Step {
	return step(pciback.Unbind, "/sys/bus/pci/drivers/"+driver+"/unbind", "0000:00:09.0")
}

func bind(driver string) pciback.Step {
	return step(pciback.Bind, "/sys/bus/pci/drivers/"+driver+"/bind", "0000:00:09.0")
}

func probe() pciback.Step { return step(pciback.Probe, "/sys/bus/pci/drivers_probe", "0000:00:09.0") }

func TestSteps(t *testing.T) {
	const (
		registered = pciback.SlotRegistered
		unknown    = pciback.SlotUnknown
	)
	type state = pciback.State
	hide := func(from state) state { return pciback.HiddenFrom(from, false) }
	byOverride := func(from state) state { return pciback.HiddenFrom(from, true) }
	back := func(driver string) func(state) state {
		return func(state) state { return pciback.GivenBack(driver) }
	}
	to := func(s state) func(state) state { return func(state) state { return s } }
	for _, test := range []struct {
		name string
		from state
		to   func(state) state
		want []pciback.Step
	}{
		{"hide from its driver", state{Driver: "3c59x"}, hide,
			[]pciback.Step{register(), unbind("3c59x"), bind("pciback")}},
		{"hide what has no driver", state{}, hide, []pciback.Step{register(), bind("pciback")}},
		{"hide what is registered and on its driver", state{Driver: "3c59x", Slot: registered}, hide,
			[]pciback.Step{unbind("3c59x"), bind("pciback")}},
		{"hide what is registered and unbound", state{Slot: registered}, hide, []pciback.Step{bind("pciback")}},
		{"hide what another driver has by override", state{Driver: "vfio-pci", Override: "vfio-pci"}, hide,
			[]pciback.Step{register(), noOverride(), unbind("vfio-pci"), bind("pciback")}},
		{"hide what is reserved and unbound", state{Override: "vfio-pci"}, hide,
			[]pciback.Step{register(), noOverride(), bind("pciback")}},
		{"hide what an override asks for already", state{Driver: "3c59x", Override: "pciback"}, hide,
			[]pciback.Step{register(), unbind("3c59x"), bind("pciback")}},
		{"hide what is hidden", state{Driver: "pciback", Slot: registered}, hide, nil},
		{"hide what is hidden by override", state{Driver: "pciback", Slot: registered, Override: "pciback"}, hide, nil},
		{"hide what is bound without its slot", state{Driver: "pciback"}, hide, []pciback.Step{register()}},
		{"hide what is bound and not in a cut list", state{Driver: "pciback", Slot: unknown}, hide, []pciback.Step{register()}},
		{"hide what is not in a cut list", state{Driver: "3c59x", Slot: unknown}, hide,
			[]pciback.Step{register(), unbind("3c59x"), bind("pciback")}},
		{"hide a VF that no driver may probe", state{}, byOverride,
			[]pciback.Step{register(), override("pciback"), bind("pciback")}},
		{"hide a reserved VF that no driver may probe", state{Override: "vfio-pci"}, byOverride,
			[]pciback.Step{register(), override("pciback"), bind("pciback")}},

		{"give back to a driver", state{Driver: "pciback", Slot: registered}, back("3c59x"),
			[]pciback.Step{unregister(), unbind("pciback"), bind("3c59x")}},
		{"give back to any", state{Driver: "pciback", Slot: registered}, back(pciback.AnyDriver),
			[]pciback.Step{unregister(), unbind("pciback"), probe()}},
		{"give back to none", state{Driver: "pciback", Slot: registered}, back(""),
			[]pciback.Step{unregister(), unbind("pciback")}},
		{"give back what an override hid", state{Driver: "pciback", Slot: registered, Override: "pciback"}, back(pciback.AnyDriver),
			[]pciback.Step{unregister(), noOverride(), unbind("pciback"), probe()}},
		{"give back what has no slot", state{Driver: "pciback"}, back("3c59x"),
			[]pciback.Step{unbind("pciback"), bind("3c59x")}},
		{"give back what a cut list does not show", state{Driver: "pciback", Slot: unknown}, back("3c59x"),
			[]pciback.Step{unregister(), unbind("pciback"), bind("3c59x")}},
		{"give back what is registered and in dom0", state{Driver: "3c59x", Slot: registered}, back("3c59x"),
			[]pciback.Step{unregister()}},
		{"any driver is the one that it has", state{Driver: "3c59x", Slot: registered}, back(pciback.AnyDriver),
			[]pciback.Step{unregister()}},
		{"any driver for what has none", state{}, back(pciback.AnyDriver), []pciback.Step{probe()}},
		{"another driver", state{Driver: "3c59x"}, back("vfio-pci"), []pciback.Step{unbind("3c59x"), bind("vfio-pci")}},
		{"give back what is back", state{Driver: "3c59x"}, back("3c59x"), nil},

		{"way back after the slot", state{Driver: "3c59x", Slot: registered}, to(state{Driver: "3c59x"}), []pciback.Step{unregister()}},
		{"way back after the unbind", state{Slot: registered}, to(state{Driver: "3c59x"}),
			[]pciback.Step{unregister(), bind("3c59x")}},
		{"way back to an override", state{Slot: registered}, to(state{Driver: "vfio-pci", Override: "vfio-pci"}),
			[]pciback.Step{unregister(), override("vfio-pci"), bind("vfio-pci")}},
		{"way back to pciback", state{}, to(state{Driver: "pciback", Slot: registered, Override: "pciback"}),
			[]pciback.Step{register(), override("pciback"), bind("pciback")}},
		{"way back to pciback without a slot of its own", state{}, to(state{Driver: "pciback"}), []pciback.Step{bind("pciback")}},
		{"way back to an unknown slot leaves it", state{Slot: registered}, to(state{Driver: "3c59x", Slot: unknown}),
			[]pciback.Step{bind("3c59x")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, pciback.Steps(nine, test.from, test.to(test.from))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStepsArrive follows the steps between all pairs of states, and from every
// place on each way back to its beginning.
func TestStepsArrive(t *testing.T) {
	var all []pciback.State
	for _, driver := range []string{"", "3c59x", "pciback"} {
		for _, name := range []string{"", "pciback", "vfio-pci"} {
			for _, slot := range []pciback.SlotState{pciback.SlotAbsent, pciback.SlotRegistered} {
				all = append(all, pciback.State{Driver: driver, Override: name, Slot: slot})
			}
		}
	}
	for _, from := range all {
		for _, to := range all {
			now := from
			for _, s := range pciback.Steps(nine, from, to) {
				follow(t, &now, s)
				if got := arrive(t, now, from); got != from {
					t.Errorf("from %+v to %+v, back after %q: at %+v", from, to, s.Op, got)
				}
			}
			if now != to {
				t.Errorf("from %+v to %+v: at %+v", from, to, now)
			}
		}
	}
}

func arrive(t *testing.T, now, to pciback.State) pciback.State {
	for _, s := range pciback.Steps(nine, now, to) {
		follow(t, &now, s)
	}
	return now
}

// follow is what one write makes of a state, where nothing goes wrong.
func follow(t *testing.T, now *pciback.State, s pciback.Step) {
	t.Helper()
	switch s.Op {
	case pciback.NewSlot:
		now.Slot = pciback.SlotRegistered
	case pciback.RemoveSlot:
		now.Slot = pciback.SlotAbsent
	case pciback.SetOverride:
		now.Override = s.Value
	case pciback.ClearOverride:
		now.Override = ""
	case pciback.Unbind:
		now.Driver = ""
	case pciback.Bind:
		for _, driver := range []string{"3c59x", "pciback"} {
			if s == bind(driver) {
				now.Driver = driver
			}
		}
	default:
		t.Fatalf("unexpected %+v", s)
	}
}
