package config

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// String returns the outcome in one sentence, with what differs and what to do,
// without a full stop.
func (m Finding) String() string {
	text := []string{m.Reason()}
	for _, note := range m.Notes {
		text = append(text, note.String())
	}
	if advice := m.Advice(); advice != "" {
		text = append(text, advice)
	}
	return m.Address.String() + " " + strings.Join(text, "; ")
}

// Reason returns the outcome, to be read after the declared address.
func (m Finding) Reason() string {
	switch m.Outcome {
	case InPlace:
		if m.Evidence == ByAddress {
			return "is there; only its address is declared"
		}
		return "is there, as declared"
	case Moved:
		return fmt.Sprintf("is at %s now, by the declared %s", m.Now, m.Evidence)
	case Another:
		return m.another()
	case Ambiguous:
		return m.ambiguous()
	case Claimed:
		if m.Lost && m.Now == m.Address {
			return fmt.Sprintf("has a device that belongs to the declaration at %s, which fits it better", places(m.Others))
		}
		if m.Lost {
			return fmt.Sprintf("is not there: %s, which matches too, belongs to the declaration at %s", m.Now, places(m.Others))
		}
		return fmt.Sprintf("is declared more than once: this and %s all match %s, so it stays in dom0", places(m.Others), m.Now)
	}
	return "is not there"
}

// another is the reason where another card is in the place of the declared one.
func (m Finding) another() string {
	text := "is another card than the declared one (" + m.Because.String() + "), so it stays in dom0"
	if m.Now != m.Address {
		text = fmt.Sprintf("has another card in its place, at %s (%s), which stays in dom0", m.Now, m.Because)
	}
	if len(m.Candidates) > 0 {
		text += ", and so " + doIn(m.Candidates) + " of the declared kind: " + join(m.Candidates)
	}
	return text
}

// ambiguous is the reason where nothing tells which device is the declared one.
func (m Finding) ambiguous() string {
	switch {
	case len(m.Candidates) == 1 && m.Candidates[0] == m.Address:
		return "has a device of the declared kind that is in another place than declared, so it stays in dom0"
	case len(m.Candidates) == 1:
		return fmt.Sprintf("is not in its place; %s is of the same kind, and nothing tells whether it is the declared one, so it stays in dom0", m.Candidates[0])
	}
	return fmt.Sprintf("matches %s equally, so they stay in dom0", join(m.Candidates))
}

// Advice returns what to do; "" where there is nothing to do.
func (m Finding) Advice() string {
	switch {
	case m.Outcome == Ambiguous && len(m.Candidates) == 1:
		return "declare it again if it is the same card"
	case m.Outcome == Ambiguous:
		return "add a serial number or a path to the declaration to tell them apart"
	case m.Outcome == Claimed && !m.Lost:
		return "remove all but one of the declarations"
	}
	return ""
}

// String names the evidence.
func (e Evidence) String() string {
	switch e {
	case BySerial:
		return "serial number"
	case ByMAC:
		return "MAC address"
	case ByPath:
		return "path from its root port"
	case BySlot:
		return "slot"
	case ByIDs:
		return "address and IDs"
	}
	return "address"
}

func doIn(candidates []pci.Address) string {
	if len(candidates) == 1 {
		return "does a card"
	}
	return "do cards"
}

func join(addresses []pci.Address) string {
	names := make([]string, len(addresses))
	for i, a := range addresses {
		names[i] = a.String()
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return names[0]
}

func places(list []Declared) string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = fmt.Sprintf("%s:%d", d.File, d.Line)
	}
	return strings.Join(names, ", ")
}
