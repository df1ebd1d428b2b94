package plan

import "github.com/xenpci/xenpci/pkg/pciback"

// StepKind is what a step does: one of these, or a pciback.Op.
type StepKind string

// The steps of a run that are not writes of a move.
const (
	ReadOrigin  StepKind = "read_origin"  // where the device came from
	Release     StepKind = "release"      // from Xen's quarantine
	LoadPciback StepKind = "load_pciback" // its module
	LoadDriver  StepKind = "load_driver"  // the module of the driver that a device goes back to
	NoteOrigin  StepKind = "note_origin"  // in xenstore, for xl
	Quarantine  StepKind = "quarantine"   // Xen's
	Permissive  StepKind = "permissive"   // pciback's
	NoteName    StepKind = "note_name"    // in xenstore, for xl
	Forget      StepKind = "forget"       // what xenstore has of the device
)

// String returns what the step does, as people say it: "load the module".
func (k StepKind) String() string {
	switch k {
	case ReadOrigin:
		return "read where it came from"
	case Release:
		return "take out of Xen's quarantine, if it is there"
	case LoadPciback:
		return "load the module"
	case LoadDriver:
		return "load its module, if no driver is there"
	case NoteOrigin, NoteName:
		return "note in xenstore"
	case Quarantine:
		return "put into Xen's quarantine"
	case Permissive:
		return "let a guest write all of its configuration space"
	case Forget:
		return "remove from xenstore"
	}
	return pciback.Op(k).String()
}
