package reconcile

import "github.com/xenpci/xenpci/pkg/passthrough"

// State is the state of a device, in the words of pkg/passthrough.
type State = passthrough.DeclaredState

// Device is a declared device, in the words of pkg/passthrough.
type Device = passthrough.DeclaredDevice

// Change is a device whose state has changed, in the words of pkg/passthrough.
type Change = passthrough.DeclaredChange

// The states.
const (
	Hidden    = passthrough.DeclaredHidden
	Assigned  = passthrough.DeclaredAssigned
	InDom0    = passthrough.DeclaredInDom0
	GivenBack = passthrough.DeclaredGivenBack
	Refused   = passthrough.DeclaredRefused
	Failed    = passthrough.DeclaredFailed
	Contested = passthrough.DeclaredContested
	Absent    = passthrough.DeclaredAbsent
	OtherCard = passthrough.DeclaredOtherCard
	Ambiguous = passthrough.DeclaredAmbiguous
)
