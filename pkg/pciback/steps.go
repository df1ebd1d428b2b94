package pciback

import "github.com/xenpci/xenpci/pkg/pci"

// Op is one kind of write on the way to pciback or back.
type Op string

// The writes that a move consists of.
const (
	SetOverride   Op = "set driver_override"
	ClearOverride Op = "clear driver_override"
	NewSlot       Op = "register slot"
	RemoveSlot    Op = "remove slot"
	Unbind        Op = "unbind"
	Bind          Op = "bind"
	Probe         Op = "probe"
)

// Step is one write to one attribute.
type Step struct {
	Op    Op     `json:"op"`
	File  string `json:"file"`  // absolute, without the root
	Value string `json:"value"` // exactly the bytes written
}

// Steps returns the writes that take device a from one state to another, in
// their order; none when nothing differs. It is pure: what it says is what a
// dry run shows, what a move does and what a way back undoes.
//
// Whatever can be prepared while the device still has its driver is written
// first: a refusal there costs nothing, and the time without any driver is one
// unbind long. The slot goes before the override is looked at, since pciback
// binds by either.
func Steps(a pci.Address, from, to State) []Step {
	var steps []Step
	add := func(op Op, file, value string) {
		steps = append(steps, Step{Op: op, File: file, Value: value})
	}
	name := a.String()
	switch {
	case to.Slot == SlotRegistered && from.Slot != SlotRegistered:
		add(NewSlot, driversDir+Name+"/new_slot", name)
	case to.Slot == SlotAbsent && from.Slot != SlotAbsent:
		add(RemoveSlot, driversDir+Name+"/remove_slot", name)
	}
	switch {
	case from.Override == to.Override:
	case to.Override == "":
		// Zero bytes would not reach the handler; "(null)" would be a name.
		add(ClearOverride, overrideFile(a), "\n")
	default:
		add(SetOverride, overrideFile(a), to.Override)
	}
	if from.Driver == to.Driver || to.Driver == AnyDriver && from.Driver != "" && from.Driver != Name {
		return steps
	}
	if from.Driver != "" {
		add(Unbind, driversDir+from.Driver+"/unbind", name)
	}
	switch to.Driver {
	case "":
	case AnyDriver:
		add(Probe, probeFile, name)
	default:
		add(Bind, driversDir+to.Driver+"/bind", name)
	}
	return steps
}

// HiddenFrom is the state in which pciback has a device that is now in from.
// Only a foreign override has to go: pciback refuses a device that is reserved
// for another driver (measured: ENODEV). byOverride is for a VF whose PF does
// not let drivers probe by match (sriov_drivers_autoprobe 0): there nothing
// but an override lets pciback bind.
func HiddenFrom(from State, byOverride bool) State {
	to := State{Driver: Name, Slot: SlotRegistered}
	if byOverride || from.Override == Name {
		to.Override = Name
	}
	return to
}

// GivenBack is the state in which driver has a device and pciback lays no
// claim to it. driver may be AnyDriver, or "" for none.
func GivenBack(driver string) State {
	return State{Driver: driver}
}
