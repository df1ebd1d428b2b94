package config

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// String is the outcome in one sentence, without a full stop.
func (m Finding) String() string {
	a := m.Address
	var text string
	switch m.Outcome {
	case InPlace:
		text = a.String() + " is there, as declared"
		if m.Evidence == ByAddress {
			text = a.String() + " is there; nothing but its address is declared"
		}
	case Moved:
		text = fmt.Sprintf("%s is at %s now: it has the %s that is declared", a, m.Now, m.Evidence)
	case Another:
		text = fmt.Sprintf("%s is another card than the one declared: %s; it stays in dom0", a, m.Because)
		if m.Now != a {
			text = fmt.Sprintf("in the place of %s there is another card now, %s: %s; it stays in dom0", a, m.Now, m.Because)
		}
		if len(m.Candidates) > 0 {
			text += fmt.Sprintf(", and so %s of the declared kind: %s", doIn(m.Candidates), join(m.Candidates))
		}
	case Ambiguous:
		text = fmt.Sprintf("%s is not to be told from %s: nothing tells which of them is declared, so they stay in dom0", a, join(m.Candidates))
		switch {
		case len(m.Candidates) == 1 && m.Candidates[0] == a:
			text = fmt.Sprintf("at %s there is a device of the declared kind, but in another place, and nothing tells whether it is the declared one, "+
				"so it stays in dom0; declare it anew if it is", a)
		case len(m.Candidates) == 1:
			text = fmt.Sprintf("%s is not in its place, and nothing tells whether %s, of the same kind, is it, so that stays in dom0; "+
				"declare it anew if it is", a, m.Candidates[0])
		}
	case Claimed:
		text = fmt.Sprintf("%s is declared more than once, at %s too: these all mean %s, so it stays in dom0", a, places(m.Others), m.Now)
		if m.Lost {
			text = fmt.Sprintf("%s is not there: %s, which could be it, is what is declared at %s", a, m.Now, places(m.Others))
		}
	default:
		text = a.String() + " is not there"
	}
	return strings.Join(append([]string{text}, m.Notes...), "; ")
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
