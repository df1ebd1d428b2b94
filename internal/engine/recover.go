package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// AnythingLeft reports whether earlier runs left anything, or may have: the folder
// of journals is not empty, or cannot be read.
func AnythingLeft(f sysfs.FS) bool {
	names, err := f.List(journal.Dir)
	return len(names) > 0 || err != nil && !sysfs.IsNotExist(err)
}

// Recover completes what earlier runs left, if there is anything and no other run
// is at work. Verbs that only read call it first; it costs them one look at a
// folder.
func (e *Engine) Recover(ctx context.Context) error {
	if !AnythingLeft(e.FS) {
		return nil
	}
	s, err := e.begin(ctx, 0, false)
	if busy := (*LockError)(nil); errors.As(err, &busy) {
		return nil
	}
	if err != nil {
		return err
	}
	s.warnOfStuck(nil)
	s.close()
	return nil
}

// adopt takes over the journals that no process holds: their entries are noted in
// this run's journal, the files removed, and the entries carried out. A
// journal that is held belongs to a write that still waits in the kernel.
func (s *session) adopt(ctx context.Context, leftovers []*journal.Leftover, wait time.Duration) error {
	var entries []journal.Entry
	for _, l := range leftovers {
		if l.Err != nil {
			s.warn(Warning{Code: JournalUnreadable, Reason: "the journal of an earlier run cannot be read: " + l.Err.Error(), Advice: "look at the devices that it names, then remove the file"})
		}
		if l.Held && !s.awaitWriter(ctx, l, wait) {
			s.holdBack(l)
			continue
		}
		if l.Err != nil {
			continue
		}
		if err := s.takeOver(l); err != nil {
			return err
		}
		for _, entry := range l.Entries {
			// A run that was killed while it took over has left it twice.
			if !slices.ContainsFunc(entries, func(e journal.Entry) bool { return e.Device == entry.Device }) {
				entries = append(entries, entry)
			}
		}
	}
	s.finish(ctx, entries)
	return nil
}

// awaitWriter waits for the last writes of a run that was killed: most end in
// a tenth of a second. A run that gave up waiting has said so in its journal.
func (s *session) awaitWriter(ctx context.Context, l *journal.Leftover, wait time.Duration) bool {
	if slices.ContainsFunc(l.Entries, func(e journal.Entry) bool { return e.Left != "" }) {
		wait = 0
	}
	deadline := time.Now().Add(wait)
	for !l.Retry() {
		if ctx.Err() != nil || !time.Now().Before(deadline) {
			return false
		}
		time.Sleep(lockPoll)
	}
	return true
}

// holdBack keeps this run's hands off devices on which a write still waits.
func (s *session) holdBack(l *journal.Leftover) {
	for _, entry := range l.Entries {
		s.stuck[entry.Device] = whyStuck(entry, l.Name)
	}
}

// whyStuck returns why a device of a journal that is held is left alone.
func whyStuck(entry journal.Entry, journal string) string {
	if entry.Left != "" {
		return fmt.Sprintf("an earlier %s has not finished: %s", entry.Verb, entry.Left)
	}
	return fmt.Sprintf("an earlier %s has not finished: one of its writes still waits in the kernel (%s)", entry.Verb, journal)
}

// warnOfStuck warns of the devices that are held back, except those of the
// results, whose error says so.
func (s *session) warnOfStuck(results []Result) {
	for _, device := range slices.SortedFunc(maps.Keys(s.stuck), pci.Address.Compare) {
		if !slices.ContainsFunc(results, func(r Result) bool { return r.Device == device }) {
			s.warnOf(device, EarlierStuck, s.stuck[device], "")
		}
	}
}

func (s *session) takeOver(l *journal.Leftover) error {
	actions := make([]plan.Action, len(l.Entries))
	for i, entry := range l.Entries {
		actions[i] = entry.Action
	}
	if len(actions) > 0 {
		if err := s.journal.Begin(actions...); err != nil {
			return err
		}
	}
	return l.Remove()
}

// finish carries out what was begun, from wherever it was left. What a guest
// has got hold of since is left to the guest.
func (s *session) finish(ctx context.Context, entries []journal.Entry) {
	if len(entries) == 0 {
		return
	}
	guests, err := s.guests(ctx)
	results := make([]Result, len(entries))
	for i, entry := range entries {
		results[i] = Result{Device: entry.Device, Action: entry.Action, Err: err, adopted: true}
		var gone *pciback.NoDeviceError
		now, err := s.pciback.State(ctx, entry.Device)
		results[i].now = now
		if err != nil && !errors.As(err, &gone) {
			results[i].Err = err
		}
		if guest, ok := guests[entry.Device]; ok {
			results[i].Err = &plan.InUseError{Device: entry.Device, Guest: guest}
			s.done(entry.Device)
		}
	}
	s.refuseNeeded(ctx, results)
	refuseApart(s.pciback, results)
	for _, r := range results {
		if apart := (*pciback.CompanionError)(nil); errors.As(r.Err, &apart) {
			s.done(r.Device) // it is where it was
		}
	}
	s.carryOut(ctx, results)
	for i, r := range results {
		if r.Err != nil {
			s.warnOf(r.Device, EarlierFailed, fmt.Sprintf("an earlier %s was interrupted, and completing it failed: %v", entries[i].Verb, r.Err), "")
			continue
		}
		s.warnOf(r.Device, EarlierCompleted, fmt.Sprintf("an earlier %s was interrupted; it has been completed now", entries[i].Verb), "")
	}
}

// refuseNeeded refuses to complete a hide of what dom0 needs by now: the run that was killed may not
// have come to the device, and dom0 has used it since. Such a device loses the slot and the override
// that the run had given it.
func (s *session) refuseNeeded(ctx context.Context, results []Result) {
	var taken []pci.Address
	for _, r := range results {
		if r.Err == nil && r.Action.Verb == plan.Hide && !r.now.Hidden() {
			taken = append(taken, r.Device)
		}
	}
	for i := range results {
		r := &results[i]
		if !slices.Contains(taken, r.Device) || len(r.Action.Forced) > 0 || r.now.Driver == "" {
			continue
		}
		if r.Err = plan.Guard(plan.Facts{Device: r.Device, State: r.now, Findings: s.guard().Findings(r.Device, taken...)}); r.Err == nil {
			continue
		}
		stays := r.Action.Origin
		stays.Driver = r.now.Driver
		if _, err := s.pciback.MoveOn(ctx, r.Device, r.now, r.now, stays); err != nil {
			r.Err = &StrandedError{Device: r.Device, Err: r.Err, BackErr: err}
		}
		s.settle(r)
	}
}
