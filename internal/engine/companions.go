package engine

import (
	"context"
	"slices"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// USB host controllers whose functions share a slot must not come apart
// (pciback.Companions). So an EHCI function is the first to be hidden and the last to be
// given back, and no function gets its driver before pciback has let go of all.

// refuseApart refuses to move a function without its companions: one whose companion is
// with pciback and stays there (a *pciback.CompanionError), and one that is to be hidden
// together with a companion that cannot be (a *StaysBehindError). It reports whether it has
// refused any.
func refuseApart(driver *pciback.Driver, results []Result) (refused bool) {
	// What is refused stays, and may be in the way of another one.
	for again := true; again; {
		again = false
		for i := range results {
			if r := &results[i]; r.Err == nil {
				r.Err = apart(driver, *r, results)
				again = again || r.Err != nil
			}
		}
		refused = refused || again
	}
	return refused
}

// refuseTogether refuses all of those that are to be hidden together, if one of them is
// refused. It reports whether it has refused any.
func refuseTogether(groups [][]pci.Address, results []Result) (refused bool) {
	for _, group := range groups {
		in := func(r Result) bool { return slices.Contains(group, r.Device) }
		first := slices.IndexFunc(results, func(r Result) bool { return in(r) && r.Err != nil })
		if first < 0 {
			continue
		}
		for i := range results {
			if r := &results[i]; in(*r) && r.Err == nil && !r.now.Hidden() {
				r.Err, refused = &StaysBehindError{Device: r.Device, Other: results[first].Device, Err: results[first].Err}, true
			}
		}
	}
	return refused
}

func apart(driver *pciback.Driver, r Result, results []Result) error {
	if r.adopted && !r.now.Hidden() {
		return nil // it is half-way, and has to go on or back
	}
	for _, companion := range driver.InWay(r.Device, r.now, r.Action.Target) {
		leaves := slices.ContainsFunc(results, func(other Result) bool {
			return other.Device == companion && other.Err == nil && other.Action.Verb == plan.Unhide
		})
		if !leaves {
			return &pciback.CompanionError{Device: r.Device, Companion: companion}
		}
	}
	if r.Action.Verb != plan.Hide || r.now.Hidden() {
		return nil
	}
	companions := driver.Companions(r.Device)
	for _, other := range results {
		if other.Err != nil && !other.now.Hidden() && slices.Contains(companions, other.Device) {
			return &StaysBehindError{Device: r.Device, Other: other.Device, Err: other.Err}
		}
	}
	return nil
}

// loadUSB loads the modules of companions that are to be given back, before anything
// moves: a module takes every free device of the machine when it is loaded, and some
// modules load others before themselves.
func (s *session) loadUSB(ctx context.Context, results []*Result) {
	var load []*Result
	for _, r := range results {
		if r.Action.Verb == plan.Unhide && r.Action.Load != "" && len(s.pciback.Companions(r.Device)) > 0 {
			load = append(load, r)
		}
	}
	// What an earlier run left half-way has no driver, and must not get one so.
	halfway := slices.ContainsFunc(load, func(r *Result) bool { return s.pciback.Halfway(r.Device) })
	for _, r := range load {
		if !halfway {
			s.loadDriver(ctx, r.Action)
		}
		r.Action.Load = ""
	}
}

// inTurnOf returns the functions of one slot in the order in which they are moved: the EHCI
// controller is hidden first, and given back last.
func inTurnOf(back *pciback.Driver, slot []*Result) []*Result {
	slot = slices.Clone(slot)
	ehci := slices.IndexFunc(slot, func(r *Result) bool { return back.EHCI(r.Device) })
	if ehci < 0 {
		return slot
	}
	r := slot[ehci]
	slot = slices.Delete(slot, ehci, ehci+1)
	if r.Action.Verb == plan.Hide {
		return slices.Insert(slot, 0, r)
	}
	return append(slot, r)
}

// showInTurn puts the planned functions of each slot in the order in which they would be moved.
func showInTurn(back *pciback.Driver, results []Result) {
	var planned []*Result
	for i := range results {
		if results[i].Err == nil {
			planned = append(planned, &results[i])
		}
	}
	for _, slot := range bySlot(planned) {
		var ordered []Result
		for _, r := range inTurnOf(back, slot) {
			ordered = append(ordered, *r)
		}
		for i := range slot {
			*slot[i] = ordered[i]
		}
	}
}

// carryOutSlot acts on the functions of one slot, one after the other: the drivers of
// companions wait for each other (drivers/usb/core/hcd-pci.c).
func (s *session) carryOutSlot(ctx context.Context, slot []*Result) {
	slot = inTurnOf(s.pciback, slot)
	if s.freeCompanions(ctx, slot) {
		// Those that have no driver now get theirs, whatever comes.
		ctx = context.WithoutCancel(ctx)
	}
	for i, r := range slot {
		if r.Err == nil {
			s.stayBehind(r, slot[:i])
		}
		if r.Err == nil {
			s.carryOutOne(ctx, r)
		}
	}
}

// stayBehind keeps a function in dom0 whose EHCI companion was to be hidden before it and
// is still there.
func (s *session) stayBehind(r *Result, before []*Result) {
	if r.Action.Verb != plan.Hide || r.now.Hidden() {
		return
	}
	companions := s.pciback.Companions(r.Device)
	for _, other := range before {
		if other.Err != nil && other.Action.Verb == plan.Hide && slices.Contains(companions, other.Device) {
			r.Err = &StaysBehindError{Device: r.Device, Other: other.Device, Err: other.Err}
			s.leaveAlone(r)
			return
		}
	}
}

// freeCompanions takes companions that are to be given back from Xen's quarantine and from
// pciback, before the first of them gets its driver. It reports whether it took any from
// pciback.
func (s *session) freeCompanions(ctx context.Context, slot []*Result) (freed bool) {
	var together []*Result
	for _, r := range slot {
		companions := s.pciback.Companions(r.Device)
		if r.Err == nil && r.Action.Verb == plan.Unhide && r.now.Hidden() &&
			slices.ContainsFunc(slot, func(other *Result) bool { return slices.Contains(companions, other.Device) }) {
			together = append(together, r)
		}
	}
	if ctx.Err() != nil {
		return false
	}
	ctx = context.WithoutCancel(ctx) // a part of them is worse than either end
	for _, r := range together {
		if r.Err = s.releaseOnce(ctx, r); r.Err != nil {
			s.settle(r)
			return false // the others stay where they are: it is in their way
		}
	}
	for _, r := range together {
		if r.Err = s.stillFree(ctx, r); r.Err != nil {
			s.settle(r)
			return freed
		}
		now, err := s.pciback.MoveOn(ctx, r.Device, r.now, r.now, pciback.State{})
		if err != nil {
			r.Err = s.undoUnhide(ctx, r, err)
			s.settle(r)
			return freed
		}
		r.now, freed = now, true
	}
	return freed
}
