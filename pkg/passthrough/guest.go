package passthrough

import (
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Hint is what the administrator of a guest that gets the device should know. What dom0
// would lose with the device is a Finding.
type Hint struct {
	Code    Code          `json:"code"`
	Related []pci.Address `json:"related,omitempty"` // other devices that the reason is about
	Reason  string        `json:"reason"`
	Advice  string        `json:"advice,omitempty"`
}

// GuestKind is a kind of guest, and whether it could be given a device.
type GuestKind struct {
	Kind      string `json:"kind"` // "PV", "HVM" or "PVH"
	Can       bool   `json:"can"`
	Code      Code   `json:"code,omitempty"`      // why it cannot, for programs
	Reason    string `json:"reason,omitempty"`    // why it cannot
	Condition string `json:"condition,omitempty"` // what that takes, where it can
}

func newHints(hints []fit.Hint) []Hint {
	var all []Hint
	for _, h := range hints {
		all = append(all, Hint{Code(h.Code), h.Related, h.Reason, h.Advice})
	}
	return all
}

func newGuestKinds(kinds []fit.Guest) []GuestKind {
	var all []GuestKind
	for _, k := range kinds {
		all = append(all, GuestKind{k.Kind, k.Can, Code(k.Code), k.Reason, k.Condition})
	}
	return all
}
