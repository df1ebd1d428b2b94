package passthrough

import (
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Finding is what the guard found to speak against taking a device from dom0.
type Finding struct {
	Level   Level         `json:"level"`
	Code    Code          `json:"code"`              // what kind of use it is: "mounted", "swap", "default_route", ...
	Subject string        `json:"subject,omitempty"` // what needs the device: "/", "the default route"
	Chain   []Link        `json:"chain,omitempty"`   // from the subject down to the device
	Left    []string      `json:"left,omitempty"`    // what the subject has left without the device
	Related []pci.Address `json:"related,omitempty"` // other devices that the reason is about
	Reason  string        `json:"reason"`            // "/ is on vg0-root, on nvme0n1p3, on 0000:01:00.0 (Samsung ...)"
	Short   string        `json:"short"`             // the same in a few words
	Advice  string        `json:"advice,omitempty"`  // how to free the device
}

// Link is one step of a chain, from what needs a device down to the device.
type Link struct {
	Kind   LinkKind     `json:"kind"`
	Name   string       `json:"name,omitempty"`   // "sda", "vg0-root", "xenbr0", "0000:01:00.0"; absent where the kind says it all
	Note   string       `json:"note,omitempty"`   // the model of a device, "no link"
	Device *pci.Address `json:"device,omitempty"` // of a PCI function
	Behind bool         `json:"behind,omitempty"` // the step before it is behind this one: a bridge, or a physical function
}

// Level is how much a finding weighs.
type Level string

// The levels.
const (
	LevelRefuse Level = "refuse" // the device is not hidden unless that is forced
	LevelWarn   Level = "warn"
)

func newFindings(found []graph.Finding) []Finding {
	var all []Finding
	for _, f := range found {
		level := LevelWarn
		if f.Severity == graph.Refuse {
			level = LevelRefuse
		}
		one := Finding{level, Code(f.Code), f.Subject, nil, f.Left, f.Related, f.Reason, f.Short, f.Advice}
		for _, l := range f.Chain {
			one.Chain = append(one.Chain, Link{LinkKind(l.Kind), l.Name, l.Note, l.Device, l.Behind})
		}
		all = append(all, one)
	}
	return all
}
