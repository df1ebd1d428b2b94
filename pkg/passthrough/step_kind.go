package passthrough

import "github.com/xenpci/xenpci/internal/plan"

// StepKind is what a step does with a device.
type StepKind string

// The writes to sysfs that bring a device from one driver to another. They are the
// same as pciback.Op.
const (
	StepSetOverride   StepKind = "set_override"   // the device's driver_override
	StepClearOverride StepKind = "clear_override" // the device's driver_override
	StepNewSlot       StepKind = "new_slot"       // pciback's
	StepRemoveSlot    StepKind = "remove_slot"    // pciback's
	StepUnbind        StepKind = "unbind"
	StepBind          StepKind = "bind"
	StepProbe         StepKind = "probe" // any driver that matches
)

// The other steps.
const (
	StepReadOrigin  StepKind = "read_origin"  // where the device came from
	StepRelease     StepKind = "release"      // take it out of Xen's quarantine
	StepLoadPciback StepKind = "load_pciback" // load pciback's module
	StepLoadDriver  StepKind = "load_driver"  // load the module of the driver that it goes back to
	StepNoteOrigin  StepKind = "note_origin"  // tell xl by xenstore where it came from
	StepQuarantine  StepKind = "quarantine"   // put it into Xen's quarantine
	StepPermissive  StepKind = "permissive"   // let a guest write all of its configuration space
	StepNoteName    StepKind = "note_name"    // tell xl its name by xenstore
	StepForget      StepKind = "forget"       // remove from xenstore what is known of it
)

// String returns what the step does in words: "register slot".
func (k StepKind) String() string { return plan.StepKind(k).String() }
