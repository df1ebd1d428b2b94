// Package plan decides from the state of a device and from the request what has to be
// done with it. It reads no file and no clock. A dry run prints the plan, the engine
// carries it out, and the journal keeps it.
package plan

import (
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Verb is what is to be done with a device.
type Verb string

// The verbs that change something.
const (
	Hide   Verb = "hide"
	Unhide Verb = "unhide"
)

// Facts is what is known of one device before anything is done.
type Facts struct {
	Device     pci.Address
	State      pciback.State
	ByOverride bool           // pciback can bind it by driver_override alone
	CardBus    bool           // it is a CardBus bridge
	Absent     bool           // there is no such device, but pciback has a slot for it
	Modalias   string         // what its driver's module is found by; "" if unknown
	Noted      bool           // xenstore has a node of the device
	Came       string         // the driver that it came from; "" if none was noted
	Guest      *pciback.Guest // the running guest that has it

	Findings []graph.Finding // what is to be considered before it is taken from dom0
}

// Action is what is to be done with one device.
type Action struct {
	Verb   Verb          `json:"verb"`
	Device pci.Address   `json:"device"`
	Origin pciback.State `json:"origin"` // where it was
	Target pciback.State `json:"target"` // where it is to be

	Note       string `json:"note,omitempty"`       // the driver that it came from, to be noted; "" for none
	Name       string `json:"name,omitempty"`       // the name that xl is to know it by
	Quarantine bool   `json:"quarantine,omitempty"` // put it into Xen's quarantine
	Permissive bool   `json:"permissive,omitempty"` // a guest may write all of its configuration space
	Release    bool   `json:"release,omitempty"`    // take it out of Xen's quarantine
	Load       string `json:"load,omitempty"`       // the module, by name or modalias, that is to be loaded first
	Forget     bool   `json:"forget,omitempty"`     // remove the node in xenstore
	Absent     bool   `json:"absent,omitempty"`     // there is no such device: only its slot is removed
	OrAny      bool   `json:"or_any,omitempty"`     // try any driver if Target's does not take it

	Forced []string `json:"forced,omitempty"` // what the guard found, where hiding was forced
}

// Moves reports whether the device has to be moved at all.
func (a Action) Moves() bool {
	return len(pciback.Steps(a.Device, a.Origin, a.Target)) > 0
}
