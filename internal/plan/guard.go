package plan

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// NeededError is a device that dom0 needs.
type NeededError struct {
	Device   pci.Address
	Findings []graph.Finding // those that refuse it
}

// Error returns what would be lost, by which chain, and how to hide the device
// anyway.
func (e *NeededError) Error() string {
	return e.Device.String() + ": " + e.Reason() + "; " + e.Advice()
}

// Reason returns what would be lost, and by which chain.
func (e *NeededError) Reason() string {
	if e.Apart() {
		return e.Findings[0].Reason
	}
	return "dom0 needs it: " + strings.Join(e.Reasons(), "; ")
}

// Advice returns how to hide the device.
func (e *NeededError) Advice() string {
	if e.Apart() {
		return e.Findings[0].Advice
	}
	return "--force hides it anyway"
}

// Apart reports whether the only reason is that USB companions would come apart.
func (e *NeededError) Apart() bool {
	return !slices.ContainsFunc(e.Findings, func(f graph.Finding) bool { return f.Code != graph.USBCompanions })
}

// Reasons returns the reason of each finding.
func (e *NeededError) Reasons() []string {
	reasons := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		reasons[i] = f.Reason
	}
	return reasons
}

// Guard refuses a device that dom0 needs. One that is hidden, or that a guest has,
// is not taken from dom0.
func Guard(f Facts) error {
	if f.State.Hidden() || f.Guest != nil {
		return nil
	}
	refused := slices.Clone(f.Findings)
	refused = slices.DeleteFunc(refused, func(f graph.Finding) bool { return f.Severity != graph.Refuse })
	if len(refused) == 0 {
		return nil
	}
	return &NeededError{Device: f.Device, Findings: refused}
}
