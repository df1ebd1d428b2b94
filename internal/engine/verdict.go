package engine

import (
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Verdict is what Hide would say of one device, were it asked for that device
// alone.
type Verdict struct {
	Already bool  // there is nothing to move
	Err     error // why it would not be hidden; nil when it would be, or is
}

// judge asks what a hide asks, of many devices and for none of them.
type judge struct {
	planner
	loadErr   error // pciback is not there and cannot be
	guestsErr error // why it is not known which guest has which device
}

func newJudge(m pciback.Module, guestsErr error) judge {
	_, loadErr := wouldLoad(m)
	return judge{planner: hiding(func(pci.Address) plan.HideOptions { return plan.HideOptions{Quarantine: true} }), loadErr: loadErr, guestsErr: guestsErr}
}

// verdict decides on one device. factsErr is why its facts could not be read.
func (j judge) verdict(f plan.Facts, factsErr error) Verdict {
	switch {
	case j.loadErr != nil:
		return Verdict{Err: j.loadErr}
	case factsErr != nil:
		return Verdict{Err: factsErr}
	case j.guestsErr != nil && j.asksGuests(f):
		return Verdict{Err: j.guestsErr}
	}
	action, err := j.decide(f)
	return Verdict{Already: err == nil && !action.Moves(), Err: err}
}
