package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// refuseApart refuses to move USB host controllers whose companions are with pciback and
// stay there (pciback.Companions): a *pciback.CompanionError.
func refuseApart(driver *pciback.Driver, results []Result) {
	leaves := func(a pci.Address) bool {
		return slices.ContainsFunc(results, func(r Result) bool {
			return r.Device == a && r.Err == nil && r.Action.Verb == plan.Unhide
		})
	}
	// What is refused stays, and may be in the way of another one.
	for again := true; again; {
		again = false
		for i := range results {
			r := &results[i]
			if r.Err != nil {
				continue
			}
			for _, companion := range driver.InWay(r.Device, r.now, r.Action.Target) {
				if !leaves(companion) {
					r.Err, again = &pciback.CompanionError{Device: r.Device, Companion: companion}, true
					break
				}
			}
		}
	}
}

// carryOutSlot acts on the functions of one slot, one after the other: the drivers of USB
// companions wait for each other (drivers/usb/core/hcd-pci.c), and an EHCI function
// leaves its driver before pciback has any companion.
func (s *session) carryOutSlot(ctx context.Context, slot []*Result) {
	slices.SortStableFunc(slot, func(a, b *Result) int {
		return -cmp.Compare(s.first(a), s.first(b))
	})
	if s.freeCompanions(ctx, slot) {
		// Those that have no driver now get theirs, whatever comes.
		ctx = context.WithoutCancel(ctx)
	}
	for i, r := range slot {
		if r.Err == nil {
			r.Err = s.staysBehind(r, slot[:i])
		}
		if r.Err == nil {
			s.carryOutOne(ctx, r)
		}
	}
}

// staysBehind returns why a function is not hidden after those before it: dom0 has kept
// its EHCI companion.
func (s *session) staysBehind(r *Result, before []*Result) error {
	if r.Action.Verb != plan.Hide {
		return nil
	}
	companions := s.pciback.Companions(r.Device)
	for _, other := range before {
		if other.Err != nil && other.Action.Verb == plan.Hide && slices.Contains(companions, other.Device) {
			s.done(r.Device)
			return &StaysBehindError{Device: r.Device, Companion: other.Device}
		}
	}
	return nil
}

// first is 1 for an EHCI function, and else 0.
func (s *session) first(r *Result) int {
	if s.pciback.EHCI(r.Device) {
		return 1
	}
	return 0
}

// freeCompanions takes USB companions that are to be given back from pciback, before the
// first of them gets its driver. It reports whether it took any.
func (s *session) freeCompanions(ctx context.Context, slot []*Result) (freed bool) {
	for _, r := range slot {
		if r.Action.Verb != plan.Unhide || !r.now.Hidden() || ctx.Err() != nil {
			continue
		}
		companions := s.pciback.Companions(r.Device)
		if !slices.ContainsFunc(slot, func(other *Result) bool { return slices.Contains(companions, other.Device) }) {
			continue
		}
		now, err := s.pciback.MoveOn(ctx, r.Device, r.now, r.now, pciback.State{})
		if err != nil {
			r.Err = err
			s.settle(r)
			continue
		}
		r.now, freed = now, true
		ctx = context.WithoutCancel(ctx)
	}
	return freed
}
