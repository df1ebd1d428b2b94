package passthrough

import (
	"github.com/xenpci/xenpci/internal/plan"
)

// Step is one thing that a verb does with a device.
type Step struct {
	Does  string `json:"does"`            // "unbind", "note in xenstore", ...
	File  string `json:"file,omitempty"`  // the attribute, or the node in xenstore
	Value string `json:"value,omitempty"` // what is written there
}

// String returns the step on one line.
func (s Step) String() string { return plan.Step(s).String() }

func newSteps(steps []plan.Step) []Step {
	var all []Step
	for _, s := range steps {
		all = append(all, Step(s))
	}
	return all
}
