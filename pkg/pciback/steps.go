package pciback

import "github.com/xenpci/xenpci/pkg/pci"

// Op is the kind of a Step. It has lower-case letters and underscores only; String
// returns it in words.
type Op string

// The writes that a move consists of.
const (
	SetOverride   Op = "set_override" // the device's driver_override
	ClearOverride Op = "clear_override"
	NewSlot       Op = "new_slot"    // pciback's new_slot
	RemoveSlot    Op = "remove_slot" // pciback's remove_slot
	Unbind        Op = "unbind"
	Bind          Op = "bind"
	Probe         Op = "probe"
)

// String returns what the write does, as people say it: "register slot".
func (o Op) String() string {
	switch o {
	case SetOverride:
		return "set driver_override"
	case ClearOverride:
		return "clear driver_override"
	case NewSlot:
		return "register slot"
	case RemoveSlot:
		return "remove slot"
	}
	return string(o)
}

// Step is one write to one attribute.
type Step struct {
	Op    Op     `json:"op"`
	File  string `json:"file"`  // absolute, without the root
	Value string `json:"value"` // exactly the bytes written
}

// Steps returns the writes that bring device a from one state into another, in their
// order; none if the states are equal. A dry run shows them, and Move makes them.
//
// What can be written while the device still has its driver comes first: if the
// kernel refuses that, nothing has changed, and the device is without a driver only
// from the unbind to the bind. The slot comes before the override, since pciback binds
// by either.
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
		// Zero bytes would not reach the kernel's handler; "(null)" would be a name.
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

// HiddenFrom returns the state in which pciback has a device that is now in the state
// from. An override for another driver is cleared, since pciback could not bind the
// device (measured: ENODEV). Set byOverride if NeedsOverride reports true.
func HiddenFrom(from State, byOverride bool) State {
	to := State{Driver: Name, Slot: SlotRegistered}
	if byOverride || from.Override == Name {
		to.Override = Name
	}
	return to
}

// GivenBack returns the state in which driver has a device and pciback has no slot for
// it. driver may be AnyDriver, or "" for none.
func GivenBack(driver string) State {
	return State{Driver: driver}
}
