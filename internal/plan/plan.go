// Package plan turns what is there and what is wanted into what is to be done,
// device by device. It is pure: no file is read, no clock looked at. A dry run
// prints its answer, the engine carries it out, and the journal keeps it.
package plan

import (
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Verb is what somebody asked for.
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
	Modalias   string         // what its driver's module is found by; "" if unknown
	Noted      bool           // xenstore has a node of the device
	Came       string         // the driver that it came from; "" if nobody noted one
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
	Quarantine bool   `json:"quarantine,omitempty"` // Xen is to keep it from dom0's memory
	Permissive bool   `json:"permissive,omitempty"` // a guest may write all of its configuration space
	Release    bool   `json:"release,omitempty"`    // Xen is to give it back to dom0
	Load       string `json:"load,omitempty"`       // the module, by name or modalias, that is to be loaded first
	Forget     bool   `json:"forget,omitempty"`     // xenstore's node is to go
	OrAny      bool   `json:"or_any,omitempty"`     // any driver will do where Target's does not take it

	Forced []string `json:"forced,omitempty"` // what the guard said, and somebody wanted it all the same
}

// Moves says whether the device has to be moved at all.
func (a Action) Moves() bool {
	return len(pciback.Steps(a.Device, a.Origin, a.Target)) > 0
}
