package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Status is what is known of pciback and of the devices that concern it.
type Status struct {
	Module        pciback.Module
	Slots         pciback.Slots
	Devices       []DeviceStatus // sorted by address
	GuestsUnknown bool           // it is not known which guests have devices
	Notes         []Warning      // what could not be found out, and why
}

// DeviceStatus is one device that is hidden, registered, assigned, wanted by
// pciback's configuration, or left unfinished by an earlier run.
type DeviceStatus struct {
	Device     pci.Address
	Present    bool // the kernel has such a device
	State      pciback.State
	Came       string          // the driver that a hidden device came from; "" where that is not known
	Quarantine bool            // a hidden device was put into Xen's quarantine
	Permissive bool            // a guest may write all of a hidden device's configuration space
	Guest      *pciback.Guest  // the running guest that has it
	WantedBy   WantedBy        // what asks for it to be hidden
	Unfinished *Unfinished     // what an earlier run left; nil for nothing
	Err        error           // why State.Override, which may wait behind a driver, was not read
	Hide       Verdict         // of a device that is there
	Findings   []graph.Finding // what is to be considered before it is taken from dom0, the worst first; nil of a hidden one
}

// WantedBy is what asks for a device to be hidden.
type WantedBy int

// What can ask for a device to be hidden.
const (
	ByNothing   WantedBy = iota
	ByOverride           // its driver_override
	ByParameter          // pciback's parameter hide=
)

// Status looks at everything but what dom0 needs, and changes nothing. What
// could not be found out is in its notes. With chosen devices it is about those
// alone, whether they concern pciback or not. Hide and Findings are not set.
func (e *Engine) Status(ctx context.Context, chosen ...pci.Address) (Status, error) {
	return e.status(ctx, chosen, nil, nil)
}

// StatusWith is Status of all devices that concern pciback, and of the others that are named.
func (e *Engine) StatusWith(ctx context.Context, others ...pci.Address) (Status, error) {
	return e.status(ctx, nil, others, nil)
}

// Judge is Status of chosen devices, and asks the guard about each.
func (e *Engine) Judge(ctx context.Context, chosen ...pci.Address) (Status, error) {
	return e.status(ctx, chosen, nil, func(out outside, j judge, d *DeviceStatus, facts plan.Facts, factsErr error) {
		facts.Findings = out.guard().Findings(d.Device)
		if !d.State.Hidden() {
			d.Findings = facts.Findings
		}
		d.Hide = j.verdict(facts, factsErr)
	})
}

// status looks at the chosen devices; at those that concern pciback, and others, if none is
// chosen. It calls judged, unless it is nil, for each device that is there.
func (e *Engine) status(ctx context.Context, chosen, others []pci.Address, judged func(outside, judge, *DeviceStatus, plan.Facts, error)) (Status, error) {
	var s Status
	out, err := e.openSome(ctx)
	if err != nil {
		// Who may not ask xenstored or Xen may still see what sysfs shows.
		s.GuestsUnknown = true
		s.note(GuestsUnknown, err)
	}
	defer out.close()
	present := chosen
	if len(chosen) == 0 {
		if present, err = pci.List(e.FS.Path("/")); err != nil && len(present) == 0 {
			return Status{}, err
		}
	}
	s.Module = out.pciback.Module()
	if s.Slots, err = out.pciback.Slots(); err != nil {
		s.note(SlotsUnknown, err)
	}
	permissive, err := out.pciback.Permissive()
	if err != nil {
		s.note(SlotsUnknown, err)
	}
	guests, guestsErr := out.guests(ctx)
	if guestsErr != nil {
		s.GuestsUnknown = true
		s.note(GuestsUnknown, guestsErr)
	}
	unfinished := e.unfinished(&s)
	wanted := s.Module.Hide
	judge := newJudge(s.Module, guestsErr)
	devices := make([]DeviceStatus, len(present))
	sideBySide(len(present), func(i int) {
		d, facts, err := e.look(ctx, out, s.Slots, present[i], unfinished[present[i]])
		if guest, ok := guests[d.Device]; ok {
			d.Guest, facts.Guest = &guest, &guest
		}
		if d.WantedBy == ByNothing && wanted.Has(d.Device) {
			d.WantedBy = ByParameter
		}
		if d.State.Hidden() {
			d.Came, d.Quarantine = out.came(ctx, e, d.Device), e.quarantined(d.Device)
			d.Permissive = slices.Contains(permissive, d.Device)
		}
		if judged != nil {
			judged(out, judge, &d, facts, err)
		}
		devices[i] = d
	})
	s.Devices = devices
	if len(chosen) == 0 {
		s.Devices = slices.DeleteFunc(devices, func(d DeviceStatus) bool { return !d.concerns() && !slices.Contains(others, d.Device) })
		s.addAbsent(present, unfinished)
	}
	slices.SortFunc(s.Devices, func(a, b DeviceStatus) int { return a.Device.Compare(b.Device) })
	s.Notes = append(s.Notes, e.waiting(chosen)...)
	return s, nil
}

// note adds what could not be found out.
func (s *Status) note(code Code, err error) {
	reason := err.Error()
	if code == GuestsUnknown {
		reason = "cannot tell which guests have devices: " + reason
	}
	s.Notes = append(s.Notes, Warning{Code: code, Reason: reason})
}

// concerns reports whether the device belongs into a status.
func (d DeviceStatus) concerns() bool {
	return d.State.Hidden() || d.State.Slot == pciback.SlotRegistered || d.Guest != nil || d.WantedBy != ByNothing || d.Unfinished != nil || d.Err != nil
}

// Busy reports whether a write to the device may still wait in the kernel, which may make
// whoever asks the device itself wait too.
func (d DeviceStatus) Busy() bool { return d.Unfinished != nil || d.Err != nil }

// look reads one device that is there. The error is why no plan can be made for
// it.
func (e *Engine) look(ctx context.Context, out outside, slots pciback.Slots, a pci.Address, left unfinishedEntry) (d DeviceStatus, facts plan.Facts, err error) {
	d = DeviceStatus{Device: a, Present: true, Unfinished: left.entry}
	if left.held {
		// Its driver_override would keep us waiting, and so would nothing else.
		err = &StuckError{Device: a, Why: left.why}
	} else if facts, err = out.fact(ctx, a, slots); err != nil {
		d.Err = err
		if gone := (*pciback.NoDeviceError)(nil); errors.As(err, &gone) {
			d.Present, d.Err = false, nil
		}
	}
	d.State = facts.State
	if err != nil {
		d.State.Driver, _ = pci.Driver(e.FS.Path("/"), a)
		d.State.Slot = slots.Of(a)
	}
	if d.State.Override == pciback.Name {
		d.WantedBy = ByOverride
	}
	return d, facts, err
}

// addAbsent adds addresses that are registered or unfinished and that no device
// has.
func (s *Status) addAbsent(present []pci.Address, unfinished map[pci.Address]unfinishedEntry) {
	add := func(a pci.Address) {
		if slices.Contains(present, a) || slices.ContainsFunc(s.Devices, func(d DeviceStatus) bool { return d.Device == a }) {
			return
		}
		s.Devices = append(s.Devices, DeviceStatus{
			Device:     a,
			State:      pciback.State{Slot: s.Slots.Of(a)},
			Unfinished: unfinished[a].entry,
		})
	}
	for _, a := range s.Slots.Addresses {
		add(a)
	}
	for a := range unfinished {
		add(a)
	}
}

// Unfinished is what an earlier run left of one device.
type Unfinished struct {
	Verb plan.Verb // what it was about to do
	Why  string    // why it could not end; "" where it was interrupted
}

// unfinishedEntry is what the journals say of a device.
type unfinishedEntry struct {
	entry *Unfinished
	held  bool   // a write to the device may still wait in the kernel
	why   string // why nothing can be done with the device meanwhile
}

func (e *Engine) unfinished(s *Status) map[pci.Address]unfinishedEntry {
	found := map[pci.Address]unfinishedEntry{}
	leftovers, err := journal.Look(e.FS)
	if err != nil {
		s.note(JournalUnreadable, err)
	}
	for _, l := range leftovers {
		if l.Err != nil {
			s.note(JournalUnreadable, l.Err)
		}
		for _, entry := range l.Entries {
			found[entry.Device] = unfinishedEntry{entry: &Unfinished{Verb: entry.Verb, Why: entry.Left}, held: l.Held, why: whyStuck(entry, l.Name)}
		}
	}
	return found
}
