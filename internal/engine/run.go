package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/xenpci/xenpci/internal/interrupt"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// maxAtOnce is how many devices are moved at the same time.
const maxAtOnce = 32

// act is a whole run, or with DryRun one that stops before anything is done.
func (e *Engine) act(ctx context.Context, devices []pci.Address, p planner, o Options) ([]Result, error) {
	p.together, p.veto = o.Together, o.Veto
	if o.DryRun {
		return e.preview(ctx, devices, p)
	}
	s, err := e.begin(ctx, e.Timeout, p.takes && e.anyInDom0(devices))
	if err != nil {
		return nil, err
	}
	defer s.close()
	if p.takes {
		if err := s.loadPciback(ctx); err != nil {
			return nil, err
		}
	}
	results, err := s.run(ctx, devices, p)
	if o.Ended != nil {
		o.Ended(results)
	}
	return results, err
}

// anyInDom0 reports whether pciback does not have all of the devices yet.
func (e *Engine) anyInDom0(devices []pci.Address) bool {
	return slices.ContainsFunc(devices, func(a pci.Address) bool {
		driver, err := pci.Driver(e.FS.Path("/"), a)
		return err == nil && driver != pciback.Name
	})
}

// preview makes the plan, and does nothing.
func (e *Engine) preview(ctx context.Context, devices []pci.Address, p planner) ([]Result, error) {
	out, err := e.openSome(ctx)
	defer out.close()
	if out.attributes == nil {
		return nil, err
	}
	if err != nil {
		// Who may not ask xenstored or Xen may still see what sysfs shows.
		e.warn(Warning{Code: GuestsUnknown, Reason: err.Error()})
	}
	results, err := e.plan(ctx, out, devices, p, nil)
	showInTurn(out.pciback, results)
	if err != nil || !p.takes || out.pciback.Ready() {
		return results, err
	}
	load, err := wouldLoad(out.pciback.Module())
	if err != nil {
		return nil, err
	}
	for i := range results {
		results[i].Action.Load = load
	}
	return results, nil
}

// plan makes the plan: the facts of each device, and what follows from them.
func (e *Engine) plan(ctx context.Context, out outside, devices []pci.Address, p planner, stuck map[pci.Address]string) ([]Result, error) {
	results := make([]Result, len(devices))
	for i, a := range devices {
		results[i] = Result{Device: a, Store: out.store != nil}
	}
	facts, err := out.facts(ctx, e, results, p, stuck)
	if err != nil {
		return nil, err
	}
	for i := range results {
		if r := &results[i]; r.Err == nil {
			r.now, r.Findings = facts[i].State, facts[i].Findings
			if r.Action, r.Err = p.decide(facts[i]); r.Err == nil && p.veto != nil {
				r.Err = p.veto(r.Device)
			}
			r.Already = r.Err == nil && !r.Action.Moves()
		}
	}
	for again := true; again; {
		again = refuseApart(out.pciback, results) || refuseTogether(p.together, results)
	}
	for _, r := range results {
		e.warnOfFindings(r)
	}
	return results, nil
}

// warnOfFindings warns, before anything is done, of what the guard has found about
// a device that is taken. The error of a refused one has it.
func (e *Engine) warnOfFindings(r Result) {
	if r.Err != nil {
		return
	}
	for _, f := range r.Findings {
		e.warnOf(r.Device, Code(f.Code), f.Reason, f.Advice)
	}
}

// run plans for the devices, notes the plan in the journal, and carries it out.
func (s *session) run(ctx context.Context, devices []pci.Address, p planner) ([]Result, error) {
	results, err := s.plan(ctx, s.outside, devices, p, s.stuck)
	if err != nil {
		return nil, err
	}
	var actions []plan.Action
	var taken []pci.Address
	for _, r := range results {
		if r.Err == nil {
			actions = append(actions, r.Action)
			if p.takes && r.Action.Moves() {
				taken = append(taken, r.Device)
			}
		}
	}
	if len(taken) > 0 && s.Taking != nil {
		s.Taking(ctx, taken, slices.Collect(maps.Keys(s.stuck)))
	}
	if len(actions) > 0 {
		if err := s.journal.Begin(actions...); err != nil {
			return nil, err
		}
	}
	s.carryOut(ctx, results)
	s.warnOfStuck(results)
	return results, nil
}

// sideBySide calls do for 0 to n-1, at most maxAtOnce at the same time.
func sideBySide(n int, do func(i int)) {
	var wait sync.WaitGroup
	places := make(chan struct{}, maxAtOnce)
	for i := range n {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	wait.Wait()
}

// carryOut acts on all devices that have no error yet, side by side, except that
// the functions of one slot take turns. A VF waits for its PF too: the PF's driver
// takes its VFs' drivers along when it goes.
func (s *session) carryOut(ctx context.Context, results []Result) {
	first, later := s.stages(results)
	s.loadUSB(ctx, first)
	slots := bySlot(first)
	sideBySide(len(slots), func(i int) { s.carryOutSlot(ctx, slots[i]) })
	slots = bySlot(later)
	sideBySide(len(slots), func(i int) {
		for _, r := range slots[i] {
			// Its PF may have taken it along; what cannot be read fails by itself.
			if now, err := s.pciback.State(ctx, r.Device); err == nil {
				r.now = now
			}
			s.carryOutOne(ctx, r)
		}
	})
}

// bySlot puts the functions of one slot together, in the order given.
func bySlot(results []*Result) [][]*Result {
	var slots [][]*Result
	for _, r := range results {
		i := slices.IndexFunc(slots, func(slot []*Result) bool { return slot[0].Device.SameSlot(r.Device) })
		if i < 0 {
			slots = append(slots, []*Result{r})
			continue
		}
		slots[i] = append(slots[i], r)
	}
	return slots
}

func (s *session) stages(results []Result) (first, later []*Result) {
	acted := map[pci.Address]bool{}
	for _, r := range results {
		acted[r.Device] = r.Err == nil
	}
	for i := range results {
		r := &results[i]
		if r.Err != nil {
			continue
		}
		// What cannot be read fails by itself later.
		if pf, err := pci.PhysFn(s.FS.Path("/"), r.Device); err == nil && pf != nil && acted[*pf] {
			later = append(later, r)
		} else {
			first = append(first, r)
		}
	}
	return first, later
}

// carryOutOne carries out one action and settles its journal entry.
func (s *session) carryOutOne(ctx context.Context, r *Result) {
	defer s.progress(r.Device, "")
	if err := interrupt.Err(ctx); err != nil {
		r.Err = s.undoUnhide(ctx, r, &NotBegunError{Device: r.Device, Err: err})
		s.leaveAlone(r)
		return
	}
	switch r.Action.Verb {
	case plan.Hide:
		r.State, r.Err = s.hide(ctx, r.Action, r.now)
	case plan.Unhide:
		r.State, r.Err = s.unhide(ctx, r)
	default:
		r.Err = errors.New(r.Device.String() + ": unknown verb " + string(r.Action.Verb))
	}
	s.settle(r)
}

// leaveAlone settles the journal entry of a device that this run has not touched.
func (s *session) leaveAlone(r *Result) {
	if !r.adopted { // an adopted device may be half-way: the next run completes it
		s.done(r.Device)
	}
}

// settle notes in the journal what became of a device.
func (s *session) settle(r *Result) {
	if stranded(r.Err) {
		s.leave(r.Device, r.Err)
		return
	}
	s.done(r.Device)
}
