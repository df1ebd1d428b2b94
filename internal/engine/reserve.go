package engine

import (
	"context"
	"errors"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// ErrPresent is why a slot was not registered in advance: a device is there already.
var ErrPresent = errors.New("a device is there already")

// Reserve registers pciback's slots for addresses at which no device is. The kernel
// then offers a device that appears there to pciback, if pciback registered with the
// bus before the driver that matches. Each address has its own result, whose State has
// the slot as it was read back; nothing else of a Result is set. The error is for what
// concerns all of them, as for Hide.
func (e *Engine) Reserve(ctx context.Context, addresses []pci.Address) ([]Result, error) {
	s, err := e.begin(ctx, e.Timeout, false)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.loadPciback(ctx); err != nil {
		return nil, err
	}
	results := make([]Result, len(addresses))
	for i, a := range addresses {
		results[i] = Result{Device: a, Err: s.reserve(ctx, a)}
	}
	slots, err := s.pciback.Slots()
	for i := range results {
		if r := &results[i]; r.Err == nil {
			r.State = &pciback.State{Slot: slots.Of(r.Device)}
		}
	}
	return results, err
}

func (s *session) reserve(ctx context.Context, a pci.Address) error {
	if err := neverHeld(s.pciback, a); err != nil {
		return err
	}
	if s.FS.Exists("/sys/bus/pci/devices/" + a.String()) {
		return &StepError{a, plan.StepKind(pciback.NewSlot), ErrPresent}
	}
	for _, step := range pciback.Steps(a, pciback.State{}, pciback.State{Slot: pciback.SlotRegistered}) {
		if err := s.attributes.Write(ctx, step.File, step.Value); err != nil {
			return &StepError{a, plan.StepKind(step.Op), err}
		}
	}
	return nil
}
