package passthrough

import (
	"github.com/xenpci/xenpci/internal/plan"
)

// Step is one thing that a verb does with a device.
type Step struct {
	Kind  StepKind `json:"kind"`
	File  string   `json:"file,omitempty"`  // the attribute, or the node in xenstore
	Value string   `json:"value,omitempty"` // what is written there
}

// String returns the step on one line.
func (s Step) String() string {
	return plan.Step{Kind: plan.StepKind(s.Kind), File: s.File, Value: s.Value}.String()
}

func newSteps(steps []plan.Step) []Step {
	var all []Step
	for _, s := range steps {
		all = append(all, Step{StepKind(s.Kind), s.File, s.Value})
	}
	return all
}
