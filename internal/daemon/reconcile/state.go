package reconcile

import "github.com/xenpci/xenpci/pkg/passthrough"

// State, Device and Change are what the Reconciler tells, in the words of pkg/passthrough.
type (
	State  = passthrough.DeclaredState
	Device = passthrough.DeclaredDevice
	Change = passthrough.DeclaredChange
)

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
