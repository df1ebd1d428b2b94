package pci

import (
	"fmt"
	"strings"
)

// Kind says what a Selector names.
type Kind uint8

// The kinds of selectors.
const (
	KindAddress Kind = iota // one function: 00:09.0
	KindSlot                // all functions of a slot: 00:1d or 00:1d.*
	KindModel               // vendor:device: 10b7:9055
)

// Selector is the ID argument of a command. It is comparable; the zero value
// is the address 0000:00:00.0.
type Selector struct {
	Kind    Kind
	Address Address // of KindAddress; of KindSlot with function 0
	Vendor  uint16  // of KindModel
	Device  uint16  // of KindModel
}

// ParseSelector reads an address as ParseAddress does, a slot ("00:1d",
// "0000:00:1d", "00:1d.*") or vendor:device ("10b7:9055").
//
// It also reads an address in another notation, as long as nothing else is meant by the text:
// a path in sysfs, a line of lspci, libvirt's "pci_0000_00_09_0", XenServer's
// "0/0000:00:09.0", and Qubes' "dom0:00_09.0".
//
// Two numbers of four digits each are vendor and device; of at most two digits each they
// are bus and slot. The domain of a slot needs four digits, since "00:09:0" is a common
// misprint of "00:09.0". Anything else is an *AddressError that suggests what was meant.
func ParseSelector(s string) (Selector, error) {
	selector, reason := parseSelector(s)
	if reason != "" {
		return Selector{}, &AddressError{Input: s, Reason: reason, Meant: suggest(s, true)}
	}
	return selector, nil
}

func parseSelector(s string) (Selector, string) {
	if len(s) <= maxAddressText {
		if vendor, device, ok := parseModel(s); ok {
			return Selector{Kind: KindModel, Vendor: vendor, Device: device}, ""
		}
		place, all := strings.CutSuffix(s, ".*")
		if all || wellFormedSlot(s) {
			a, reason := parsePlace(place)
			if reason != "" {
				return Selector{}, reason
			}
			return Selector{Kind: KindSlot, Address: a}, ""
		}
	}
	a, reason := parseAddress(s)
	if reason == "" {
		return Selector{Address: a}, ""
	}
	if a, ok := notation(s); ok {
		return Selector{Address: a}, ""
	}
	switch options := xlOptions(s); {
	case options != "":
		reason = fmt.Sprintf("%q belongs in the configuration of a guest", options)
	case hasSeveral(s):
		reason = "there are several addresses in it; give each of them as one argument"
	}
	return Selector{}, reason
}

// parseModel reads four digits, a colon, and four digits.
func parseModel(s string) (vendor, device uint16, ok bool) {
	if len(s) != len("10b7:9055") {
		return 0, 0, false
	}
	return parsePair(s)
}

// wellFormedSlot reports whether s has the form of a slot without ".*".
func wellFormedSlot(s string) bool {
	if strings.Contains(s, ".") || strings.TrimSpace(s) != s {
		return false
	}
	switch fields := strings.Split(s, ":"); len(fields) {
	case 2:
		return true
	case 3:
		return len(fields[0]) >= 4
	default:
		return false
	}
}

// String returns a form that ParseSelector reads: "0000:00:09.0", "0000:00:1d" or
// "10b7:9055".
func (s Selector) String() string {
	switch s.Kind {
	case KindSlot:
		return s.Address.SlotString()
	case KindModel:
		return fmt.Sprintf("%04x:%04x", s.Vendor, s.Device)
	default:
		return s.Address.String()
	}
}

// Match reports whether the selector names d.
func (s Selector) Match(d Device) bool {
	switch s.Kind {
	case KindSlot:
		return s.Address.SameSlot(d.Address)
	case KindModel:
		return s.Vendor == d.Vendor && s.Device == d.Device
	default:
		return s.Address == d.Address
	}
}
