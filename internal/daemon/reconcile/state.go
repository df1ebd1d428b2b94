package reconcile

import (
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// State is what has become of a declared device.
type State string

// The states.
const (
	Hidden    State = "hidden"     // pciback has it
	Assigned  State = "assigned"   // a running guest has it
	InDom0    State = "in_dom0"    // dom0 has it, and it will be hidden unless it is only to be reported
	GivenBack State = "given_back" // somebody gave it back to dom0, and it is left alone
	Refused   State = "refused"    // the guard refuses it: dom0 needs it
	Failed    State = "failed"     // it cannot be hidden
	Contested State = "contested"  // it was taken back several times and lost again, and is left alone
	Absent    State = "absent"     // it is not in the machine
	OtherCard State = "other_card" // another card is in its place
	Ambiguous State = "ambiguous"  // several devices may be it, or several declarations mean it
)

// States returns all states.
func States() []State {
	return []State{Hidden, Assigned, InDom0, GivenBack, Refused, Failed, Contested, Absent, OtherCard, Ambiguous}
}

// Device is a declared device as the last look found it.
type Device struct {
	Declared pci.Address        `json:"declared"`        // its address in the list
	Device   pci.Address        `json:"device"`          // where it is; the declared address where it is not known
	Name     string             `json:"name,omitempty"`  // by which xl is to know it
	Model    string             `json:"model,omitempty"` // of the device that is there
	State    State              `json:"state"`
	Since    time.Time          `json:"since"`            // when this process first saw the state
	Driver   string             `json:"driver,omitempty"` // absent for none
	Guest    string             `json:"guest,omitempty"`  // of Assigned
	Reason   string             `json:"reason,omitempty"` // why it is so, for people
	Advice   string             `json:"advice,omitempty"`
	Error    *passthrough.Error `json:"error,omitempty"` // of Refused and Failed
	Retry    *time.Time         `json:"retry,omitempty"` // when it will be tried again; absent where nothing is to be done
}

// Change is a device whose state has changed.
type Change struct {
	Time time.Time `json:"time"`
	Was  State     `json:"was,omitempty"`  // absent for the first look
	Gone bool      `json:"gone,omitempty"` // it is no longer declared
	Back string    `json:"back,omitempty"` // of a device that was taken back: the driver that had it, or "none"
	Device
}
