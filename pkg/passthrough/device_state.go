package passthrough

import (
	"slices"
	"strings"
)

// DeviceState is what a device is doing, in one word.
type DeviceState string

// The states. The first that is true of a device is its state.
const (
	DeviceUnfinished DeviceState = "unfinished" // an earlier run did not finish with it
	DeviceAssigned   DeviceState = "assigned"   // a running guest has it
	DeviceHidden     DeviceState = "hidden"     // pciback has it
	DeviceHostPart   DeviceState = "host_part"  // a bridge, or what the machine itself is made of
	DeviceInUse      DeviceState = "in_use"     // dom0 or a guest needs what is on it
	DeviceTogether   DeviceState = "together"   // hide takes it only together with others
	DeviceVFsHidden  DeviceState = "vfs_hidden" // pciback has some of its virtual functions
	DeviceSilent     DeviceState = "no_answer"  // it does not answer
	DeviceRefused    DeviceState = "refused"    // hide refuses it for another reason
	DeviceFree       DeviceState = "free"       // hide would take it, as soon as pciback is there
)

// state returns the state of a device whose other fields are set.
func (d Device) state() DeviceState {
	switch {
	case d.Unfinished != nil:
		return DeviceUnfinished
	case d.Guest != nil:
		return DeviceAssigned
	case d.Hidden:
		return DeviceHidden
	case d.hostPart():
		return DeviceHostPart
	case slices.ContainsFunc(d.Findings, usedFor):
		return DeviceInUse
	case d.refusedFor(CodeUSBCompanions):
		return DeviceTogether
	case d.refusedFor(CodeVirtualAssigned):
		return DeviceVFsHidden
	case d.NoAnswer:
		return DeviceSilent
	case d.Hide.Verdict == VerdictRefused && d.Hide.Code != CodeNoPciback:
		return DeviceRefused
	}
	return DeviceFree
}

// hostPart reports whether no guest could use the device: it is a PCI or a CardBus bridge,
// or a part of the machine itself.
func (d Device) hostPart() bool {
	const cardBus = "0607" // pci.ClassCardBusBridge
	return strings.HasPrefix(d.Class, cardBus) || d.refusedFor(CodePCIBridge) || d.refusedFor(CodePlatform)
}

// refusedFor reports whether the guard refuses the device for that reason, and perhaps for
// others.
func (d Device) refusedFor(code Code) bool {
	return slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Level == LevelRefuse && f.Code == code })
}

// usedFor reports whether a finding refuses the device for something that is on it, or that
// may be on it.
func usedFor(f Finding) bool {
	return f.Level == LevelRefuse && f.Code != CodeUSBCompanions && f.Code != CodeVirtualAssigned
}

// canBeGiven reports whether the device, whose state is set, can be given to a guest, after
// hide at most: dom0 does not need it, no guest has it, and some kind of guest could use it,
// as far as that is known.
func (d Device) canBeGiven() bool {
	switch d.State {
	case DeviceFree, DeviceHidden, DeviceTogether:
	default:
		return false
	}
	if d.Hide.Verdict == VerdictRefused && d.State != DeviceTogether {
		return false
	}
	return len(d.Guests) == 0 || slices.ContainsFunc(d.Guests, func(g GuestKind) bool { return g.Can })
}
