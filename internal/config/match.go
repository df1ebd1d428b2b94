package config

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Outcome is what became of a declared device.
type Outcome int

// The outcomes. Only the first two tell where the device is. With all others it
// stays in dom0, and so does every device that might be it.
const (
	InPlace   Outcome = iota + 1 // at its address, as declared
	Moved                        // at another address
	Another                      // another card is in its place
	Absent                       // nothing is in its place
	Ambiguous                    // several devices could be it, or one that nothing identifies
	Claimed                      // another declaration has the same device
)

// Evidence is what a device was found by, the weakest first.
type Evidence int

// The kinds of evidence.
const (
	ByAddress Evidence = iota + 1 // its address; nothing else is declared
	ByIDs                         // its address, and the declared IDs there
	BySlot                        // the label of its slot, and IDs
	ByPath                        // the path from its root port, and IDs
	ByMAC                         // the permanent address of its interface
	BySerial                      // its serial number, and function
)

// Finding is what Match found out about one declared device.
type Finding struct {
	Declared
	Outcome    Outcome
	Now        pci.Address   // InPlace, Moved: where it is; Another, Claimed: the device that is meant
	Evidence   Evidence      // InPlace, Moved
	Notes      []Difference  // InPlace, Moved: what differs from the declaration anyway
	Because    Difference    // Another: what tells that it is another card
	Candidates []pci.Address // Ambiguous, Another: devices of its kind that no declaration has claimed
	Others     []Declared    // Claimed: the other declarations
	Lost       bool          // Claimed: the other has better evidence, and gets the device
}

// Found reports whether it is known which device is meant.
func (m Finding) Found() bool { return m.Outcome == InPlace || m.Outcome == Moved }

// Match finds the devices that the list means among those that are present. It
// returns one Finding for each declared device, in their order.
//
// The evidence is tried in this order, and the first that finds a device decides:
//
//  1. A serial number or a permanent address as declared: this is the card,
//     wherever it is. One that differs excludes a device from all further steps;
//     one that cannot be read says nothing (only root can read serial numbers,
//     and a hidden card shows no address). A card has one serial number for all
//     its functions, and some have one address, so the function must be the same
//     too.
//  2. The path, with the same IDs and subsystem. Where the label of the slot
//     points at another device with the same IDs, neither is believed.
//  3. The label of the slot, with IDs and subsystem.
//  4. The address, with IDs and subsystem, where no path is declared: with a
//     path, a device of the same kind at the old address may be a twin that new
//     bus numbers moved there.
//  5. The address alone, where nothing but the address is declared.
//
// Vendor and device must be the same in steps 1 to 4. Firmware can change a
// subsystem: then the serial number or MAC still finds the card, with a note, and
// without them it is taken for another one. A class that changed (a controller
// was set to another mode) is a note; where no IDs are declared it decides.
func Match(list []Declared, present []Present) []Finding {
	m := matcher{present: present, claims: make([][]claim, len(present))}
	matches := make([]Finding, len(list))
	for i, d := range list {
		matches[i].Declared = d
		found, evidence := m.find(d.Device)
		if len(found) == 1 {
			m.claims[found[0]] = append(m.claims[found[0]], claim{i, evidence})
			continue
		}
		for _, p := range found {
			matches[i].Candidates = append(matches[i].Candidates, present[p].Address)
		}
	}
	for p, claims := range m.claims {
		m.award(matches, present[p], claims)
	}
	for i := range matches {
		if matches[i].Outcome == 0 {
			m.explain(&matches[i])
		}
	}
	return matches
}

type matcher struct {
	present []Present
	claims  [][]claim // of each present device
}

// claim is one declaration that matches a present device.
type claim struct {
	declared int
	evidence Evidence
}

// find returns the devices that the best evidence points at, by their index: one
// where it is known which is meant.
func (m *matcher) find(d Device) ([]int, Evidence) {
	at := func(p Present) bool { return p.Address == d.Address }
	if !d.identified() {
		return m.all(at), ByAddress
	}
	serial := m.all(func(p Present) bool { return sameSerial(d, p) && sameID(d, p) && !contradicts(d, p) })
	mac := m.all(func(p Present) bool { return sameMAC(d, p) && sameID(d, p) && !contradicts(d, p) })
	switch {
	case len(serial) > 0:
		return m.narrow(d, serial), BySerial
	case len(mac) > 0:
		return m.narrow(d, mac), ByMAC
	}
	path := m.all(func(p Present) bool { return d.Path != "" && p.Path == d.Path && fits(d, p) })
	slot := m.all(func(p Present) bool { return sameSlot(d, p) && fits(d, p) })
	switch {
	case len(path) == 1 && len(slot) > 0 && !slices.Contains(slot, path[0]):
		return append(path, slot...), ByPath
	case len(path) > 0:
		return path, ByPath
	case len(slot) > 0:
		return slot, BySlot
	case d.Path == "":
		return m.all(func(p Present) bool { return at(p) && fits(d, p) && (d.Slot == "" || p.PhysicalSlot == "") }), ByIDs
	}
	return nil, 0
}

func (m *matcher) all(is func(p Present) bool) []int {
	var found []int
	for i, p := range m.present {
		if is(p) {
			found = append(found, i)
		}
	}
	return found
}

// narrow chooses between cards with the same number, which makers should not give
// twice and do: by the interface's address, the path, and then the PCI address.
func (m *matcher) narrow(d Device, found []int) []int {
	for _, is := range []func(p Present) bool{
		func(p Present) bool { return sameMAC(d, p) },
		func(p Present) bool { return d.Path != "" && p.Path == d.Path },
		func(p Present) bool { return p.Address == d.Address },
	} {
		if len(found) == 1 {
			break
		}
		narrower := slices.DeleteFunc(slices.Clone(found), func(i int) bool { return !is(m.present[i]) })
		if len(narrower) > 0 {
			found = narrower
		}
	}
	return found
}

// award gives a device to the declaration with the best evidence, unless several
// have it.
func (m *matcher) award(matches []Finding, p Present, claims []claim) {
	var best Evidence
	winners := 0
	for _, c := range claims {
		switch {
		case c.evidence > best:
			best, winners = c.evidence, 1
		case c.evidence == best:
			winners++
		}
	}
	for _, c := range claims {
		match := &matches[c.declared]
		match.Now = p.Address
		if c.evidence == best && winners == 1 {
			match.Outcome, match.Evidence = Moved, c.evidence
			if p.Address == match.Address {
				match.Outcome = InPlace
			}
			match.Notes = differences(match.Device, p)
			continue
		}
		match.Outcome, match.Lost = Claimed, winners == 1
		for _, other := range claims {
			if other.declared != c.declared && (!match.Lost || other.evidence == best) {
				match.Others = append(match.Others, matches[other.declared].Declared)
			}
		}
	}
}

// explain fills in why a device was not found.
func (m *matcher) explain(match *Finding) {
	d := match.Device
	if len(match.Candidates) > 0 {
		match.Outcome = Ambiguous
		return
	}
	occupant := -1
	for i, p := range m.present {
		if len(m.claims[i]) > 0 {
			continue
		}
		inPlace := d.Path != "" && p.Path == d.Path
		switch {
		case d.identified() && fits(d, p):
			match.Candidates = append(match.Candidates, p.Address)
		case inPlace, p.Address == d.Address && occupant < 0:
			occupant = i
		}
	}
	switch {
	case occupant >= 0:
		match.Outcome, match.Now, match.Because = Another, m.present[occupant].Address, difference(d, m.present[occupant])
	case len(match.Candidates) > 0:
		match.Outcome = Ambiguous
	default:
		match.Outcome = Absent
	}
}
