package config

import (
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Outcome is what has become of a declared device.
type Outcome int

// The outcomes. Only the first two say where the device is; with all others it
// stays in dom0, and so does whatever might be it.
const (
	InPlace   Outcome = iota + 1 // at its address, as declared
	Moved                        // at another address
	Another                      // another card is in its place
	Absent                       // nothing is
	Ambiguous                    // others could be it, and nothing tells which
	Claimed                      // another declaration has the same device
)

// Evidence is by what a device was found, the weakest first.
type Evidence int

// The kinds of evidence.
const (
	ByAddress Evidence = iota + 1 // nothing else was declared
	ByIDs                         // the address, and ids at it as declared
	BySlot                        // the label of its slot, and ids
	ByPath                        // the path from its root port, and ids
	ByMAC                         // the permanent address of its interface
	BySerial                      // its serial number, and function
)

// Finding is what was found out about one declared device.
type Finding struct {
	Declared
	Outcome    Outcome
	Now        pci.Address   // InPlace, Moved: where it is; Another, Claimed: the device in question
	Evidence   Evidence      // InPlace, Moved
	Notes      []string      // what differs from the declaration and does not decide
	Because    string        // Another: what differs
	Candidates []pci.Address // Ambiguous, Another: others of its kind that nobody has claimed
	Others     []Declared    // Claimed: the other declarations
	Lost       bool          // Claimed: the other has better evidence, and gets the device
}

// Found says whether it is known which device is meant.
func (m Finding) Found() bool { return m.Outcome == InPlace || m.Outcome == Moved }

// Match finds out which of the devices that are there are meant by the list:
// one Finding for each declared device, in their order. It is pure.
//
// Evidence is asked in this order, and the first that answers decides:
//
//  1. A serial number or a permanent address that is as declared: this is the
//     card, wherever it sits. One that differs excludes a device from all that
//     follows; one that cannot be read says nothing (without root there are no
//     serial numbers, and a hidden card shows no address). A card has one serial
//     number for all its functions, and some have one address, so the function
//     must be the same too.
//  2. The path, with the same ids and subsystem. Where the label of the slot
//     points at another device of the same ids, neither is believed.
//  3. The label of the slot, with ids and subsystem.
//  4. The address, with ids and subsystem, where no path is declared: with one,
//     a device of the same kind at the old address may be a twin that the bus
//     numbers have moved there.
//  5. The address alone, where nothing but the address is declared.
//
// The vendor and device must be the same in 1 to 4. Firmware can change a
// subsystem: then the serial number or MAC still finds the card, with a note,
// and without them it counts as another one. A class that changed (a controller
// was set to another mode) is a note, but where no ids are declared it decides.
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

// claim is one declared device that means a present one.
type claim struct {
	declared int
	evidence Evidence
}

// find returns the devices that the best evidence points at: one where it is
// known which is meant.
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

// narrow chooses between cards that have one number, which makers should not
// give twice and do: by the interface's address, the place, and then the address.
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

// award gives a device to the declaration with the best evidence, if that is
// one.
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
			match.Notes = notes(match.Device, p)
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

// explain says why a device was not found.
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
