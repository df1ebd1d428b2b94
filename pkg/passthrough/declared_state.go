package passthrough

import (
	"time"

	"github.com/xenpci/xenpci/pkg/pci"
)

// DeclaredState is what has become of a declared device, as xenpcid sees it.
type DeclaredState string

// The states.
const (
	DeclaredHidden    DeclaredState = "hidden"     // pciback has it
	DeclaredAssigned  DeclaredState = "assigned"   // a running guest has it
	DeclaredInDom0    DeclaredState = "in_dom0"    // dom0 has it, and it will be hidden unless it is only to be reported
	DeclaredGivenBack DeclaredState = "given_back" // somebody gave it back to dom0, and it is left alone
	DeclaredRefused   DeclaredState = "refused"    // the guard refuses it: dom0 needs it
	DeclaredFailed    DeclaredState = "failed"     // it cannot be hidden
	DeclaredContested DeclaredState = "contested"  // it was taken back several times and lost again, and is left alone
	DeclaredAbsent    DeclaredState = "absent"     // it is not in the machine
	DeclaredOtherCard DeclaredState = "other_card" // another card is in its place
	DeclaredAmbiguous DeclaredState = "ambiguous"  // several devices may be it, or several declarations mean it
)

// DeclaredStates returns all states.
func DeclaredStates() []DeclaredState {
	return []DeclaredState{
		DeclaredHidden, DeclaredAssigned, DeclaredInDom0, DeclaredGivenBack, DeclaredRefused,
		DeclaredFailed, DeclaredContested, DeclaredAbsent, DeclaredOtherCard, DeclaredAmbiguous,
	}
}

// DeclaredDevice is a declared device as xenpcid's last look found it.
type DeclaredDevice struct {
	Declared pci.Address   `json:"declared"`        // its address in the list
	Device   pci.Address   `json:"device"`          // where it is; the declared address where it is not known
	Name     string        `json:"name,omitempty"`  // by which xl is to know it
	Model    string        `json:"model,omitempty"` // of the device that is there
	State    DeclaredState `json:"state"`
	Since    time.Time     `json:"since"`            // when this process first saw the state
	Driver   string        `json:"driver,omitempty"` // absent for none
	Guest    string        `json:"guest,omitempty"`  // of Assigned
	Reason   string        `json:"reason,omitempty"` // why it is so, for people
	Advice   string        `json:"advice,omitempty"`
	Error    *Error        `json:"error,omitempty"` // of Refused and Failed
	Retry    *time.Time    `json:"retry,omitempty"` // when it will be tried again; absent where nothing is to be done
}

// DeclaredChange is a declared device whose state has changed.
type DeclaredChange struct {
	Time time.Time     `json:"time"`
	Was  DeclaredState `json:"was,omitempty"`  // absent for the first look
	Gone bool          `json:"gone,omitempty"` // it is no longer declared
	Back string        `json:"back,omitempty"` // of a device that was taken back: the driver that had it, or "none"
	DeclaredDevice
}
