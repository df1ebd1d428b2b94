package plan

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
)

// NeededError is a device that dom0 lives on.
type NeededError struct {
	Device   pci.Address
	Findings []usage.Finding // those that refuse it
}

// Error says what would be lost, and by which chain.
func (e *NeededError) Error() string {
	return e.Device.String() + ": dom0 needs it: " + strings.Join(e.Sentences(), "; ") + "; --force takes it all the same"
}

// Sentences are the findings in words.
func (e *NeededError) Sentences() []string {
	sentences := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		sentences[i] = f.Text
	}
	return sentences
}

// Guard refuses a device that dom0 needs. A device that dom0's drivers do not
// have cannot be taken from it.
func Guard(f Facts) error {
	if f.State.Hidden() || f.Guest != nil {
		return nil
	}
	refused := slices.Clone(f.Findings)
	refused = slices.DeleteFunc(refused, func(f usage.Finding) bool { return f.Level != usage.Refuse })
	if len(refused) == 0 {
		return nil
	}
	return &NeededError{Device: f.Device, Findings: refused}
}
