package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Status is what is known of pciback and of the devices that concern it.
type Status struct {
	Module        pciback.Module
	Slots         pciback.Slots
	Devices       []DeviceStatus // sorted by address
	GuestsUnknown bool           // nobody could say which guests have devices
	Notes         []string       // what could not be found out, and why
}

// DeviceStatus is one device that is hidden, registered, assigned, wanted by
// pciback's configuration, or left unfinished by an earlier run.
type DeviceStatus struct {
	Device     pci.Address
	Present    bool // the kernel has such a device
	State      pciback.State
	Guest      *pciback.Guest  // the running guest that has it
	WantedBy   string          // "driver_override" or "hide="; "" when nothing wants it hidden
	Unfinished string          // what an earlier run left, in words
	Err        error           // why State.Override, which may wait behind a driver, was not read
	Hide       Verdict         // of a device that is there
	Findings   []usage.Finding // what speaks against taking it from dom0, the worst first; of a hidden one, what a guest would meet

	Guests []usage.GuestKind // which kinds of guest could be given it; nil where that is not known
}

// Status looks at everything and changes nothing. What could not be found out
// is in its notes. With chosen devices it is about those alone, whether they
// concern pciback or not.
func (e *Engine) Status(ctx context.Context, chosen ...pci.Address) (Status, error) {
	var s Status
	out, err := e.openSome(ctx)
	if err != nil {
		// Who may not ask xenstored or Xen may still see what sysfs shows.
		s.GuestsUnknown = true
		s.Notes = append(s.Notes, "which guests have devices is not known: "+err.Error())
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
		s.Notes = append(s.Notes, err.Error())
	}
	guests, guestsErr := out.guests(ctx)
	if guestsErr != nil {
		s.GuestsUnknown = true
		s.Notes = append(s.Notes, "which guests have devices is not known: "+guestsErr.Error())
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
		if d.WantedBy == "" && wanted.Has(d.Device) {
			d.WantedBy = "hide="
		}
		facts.Findings = out.guard().Findings(d.Device)
		d.Findings = facts.Findings
		if d.State.Hidden() {
			d.Findings = slices.DeleteFunc(slices.Clone(d.Findings), func(f usage.Finding) bool { return !f.Guest })
		}
		d.Guests = s.guestKinds(out.guard(), d.Device)
		d.Hide = judge.verdict(facts, err)
		devices[i] = d
	})
	s.Devices = devices
	if len(chosen) == 0 {
		s.Devices = slices.DeleteFunc(devices, func(d DeviceStatus) bool { return !d.concerns() })
		s.addAbsent(present, unfinished)
	}
	slices.SortFunc(s.Devices, func(a, b DeviceStatus) int { return a.Device.Compare(b.Device) })
	return s, nil
}

// guestKinds says which kinds of guest could be given a device. libxl gives none
// that pciback does not have (libxl_device_pci_assignable_list in
// tools/libs/light/libxl_pci.c).
func (s *Status) guestKinds(guard *usage.Graph, a pci.Address) []usage.GuestKind {
	if s.Module.Presence == pciback.Absent {
		return usage.NoGuests("this kernel has no pciback, and xl gives away what pciback has")
	}
	return guard.Guests(a)
}

// concerns says whether the device belongs into a status.
func (d DeviceStatus) concerns() bool {
	return d.State.Hidden() || d.State.Slot == pciback.SlotRegistered || d.Guest != nil || d.WantedBy != "" || d.Unfinished != ""
}

// look reads one device that is there. The error is why no plan can be made for
// it.
func (e *Engine) look(ctx context.Context, out outside, slots pciback.Slots, a pci.Address, left unfinishedEntry) (d DeviceStatus, facts plan.Facts, err error) {
	d = DeviceStatus{Device: a, Present: true, Unfinished: left.text}
	if left.held {
		// Its driver_override would keep us waiting, and so would nothing else.
		err = &StuckError{Device: a, Why: left.why}
	} else if facts, err = out.fact(ctx, a, slots); err != nil {
		d.Unfinished, d.Err = "cannot be read: "+err.Error(), err
	}
	d.State = facts.State
	if err != nil {
		d.State.Driver, _ = pci.Driver(e.FS.Path("/"), a)
		d.State.Slot = slots.Of(a)
	}
	if d.State.Override == pciback.Name {
		d.WantedBy = "driver_override"
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
			Unfinished: unfinished[a].text,
		})
	}
	for _, a := range s.Slots.Addresses {
		add(a)
	}
	for a := range unfinished {
		add(a)
	}
}

// unfinishedEntry is what the journals say of a device.
type unfinishedEntry struct {
	text string
	held bool   // a write to the device may still wait in the kernel
	why  string // what is said to who would act on it then
}

func (e *Engine) unfinished(s *Status) map[pci.Address]unfinishedEntry {
	found := map[pci.Address]unfinishedEntry{}
	leftovers, err := journal.Look(e.FS)
	if err != nil {
		s.Notes = append(s.Notes, err.Error())
	}
	for _, l := range leftovers {
		if l.Err != nil {
			s.Notes = append(s.Notes, l.Err.Error())
		}
		for _, entry := range l.Entries {
			text := fmt.Sprintf("%s not finished", entry.Verb)
			if entry.Left != "" {
				text += ": " + entry.Left
			}
			found[entry.Device] = unfinishedEntry{text: text, held: l.Held, why: whyStuck(entry, l.Name)}
		}
	}
	return found
}
