package passthrough

import (
	"strings"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Pciback is the driver that holds hidden devices.
type Pciback struct {
	Presence Presence `json:"presence"`
	Module   string   `json:"module"`                 // "xen-pciback", or "pciback" as XenoLinux named it
	Kernel   string   `json:"kernel"`                 // the running kernel's release
	Option   string   `json:"option"`                 // the kernel's configuration option
	Value    string   `json:"option_value,omitempty"` // "y", "m" or "n"; absent where it is not known
	Dom0     bool     `json:"dom0"`                   // this kernel runs as Xen's dom0
	Problem  string   `json:"problem,omitempty"`      // why devices cannot be hidden yet
	Advice   string   `json:"advice,omitempty"`       // what to do about it
	Slots    int      `json:"slots"`                  // how many slots are registered, as far as the kernel shows them
	Cut      bool     `json:"slots_cut,omitempty"`    // more are registered than the kernel shows

	Refused *RefusedSetting `json:"refused,omitempty"` // what keeps it from starting

	// Registration is another number after pciback was unloaded, with all of its slots, and
	// loaded again; 0 while it is not registered.
	Registration uint64 `json:"-"`
}

// RefusedSetting is a setting that keeps pciback from starting: the kernel or pciback
// refuses it, or it has another program run in pciback's place.
type RefusedSetting struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // absent where the file is one line
	Text   string `json:"text"`
	Bad    string `json:"bad,omitempty"` // the part that is wrong, where it is not all of it
	Reason string `json:"reason"`
}

func newRefusedSetting(e *pciback.StartError) *RefusedSetting {
	if e == nil {
		return nil
	}
	return &RefusedSetting{File: e.File, Line: e.Line, Text: e.Text, Bad: e.Bad, Reason: e.Why}
}

// Presence is whether pciback is there.
type Presence string

// The presences.
const (
	PresenceBuiltIn  Presence = "built_in"
	PresenceLoaded   Presence = "loaded"   // as a module
	PresenceLoadable Presence = "loadable" // the module is installed and not loaded
	PresenceBlocked  Presence = "blocked"  // the module is installed, and a setting keeps it from being loaded
	PresenceIdle     Presence = "idle"     // in this kernel, and not started
	PresenceAbsent   Presence = "absent"
)

// String returns the presence in words: "built in".
func (p Presence) String() string { return strings.ReplaceAll(string(p), "_", " ") }

func newPresence(p pciback.Presence) Presence {
	if p == pciback.BuiltIn {
		return PresenceBuiltIn
	}
	return Presence(p) // all others are single words
}

func newPciback(status engine.Status) Pciback {
	m := status.Module
	return Pciback{
		Presence: newPresence(m.Presence), Module: m.Name, Kernel: m.Release, Option: m.Option, Value: m.Value, Dom0: m.Dom0,
		Problem: m.Problem(), Advice: m.Advice(), Slots: len(status.Slots.Addresses), Cut: status.Slots.Cut, Registration: m.Registration,
		Refused: newRefusedSetting(m.Refused),
	}
}
