package pci

import (
	"fmt"
	"strings"
)

// AddressError reports text that is not a PCI address or not a selector.
type AddressError struct {
	Input  string // as it was given
	Reason string // what is wrong, "slot 20 is hexadecimal and at most 1f"
	Meant  string // what was probably meant, in a form that parses; "" if unknown
}

// Error quotes the input, says what is wrong with it and what was probably meant.
func (e *AddressError) Error() string {
	input := e.Input
	if len(input) > maxAddressText {
		input = input[:maxAddressText] + "..."
	}
	text := fmt.Sprintf("%q: not a PCI address: %s", input, e.Reason)
	if e.Meant != "" {
		text += " (did you mean " + e.Meant + "?)"
	}
	return text
}

// Like reports whether the text is like an address, so that it should not be taken for the
// name of something: it consists of hexadecimal digits with a colon or a point and other
// separators between them, it contains an address, or it is known what address was meant.
// Text that is empty or too long is like one too.
func (e *AddressError) Like() bool {
	if e.Input == "" || len(e.Input) > maxLine || e.Meant != "" || xlOptions(e.Input) != "" || hasSeveral(e.Input) {
		return true
	}
	return strings.ContainsAny(e.Input, ":.") && !strings.ContainsFunc(e.Input, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF:.,@*_-/ ", r)
	})
}

// maxAddressText is the length of the longest input that is parsed, in bytes. The
// longest address has 16.
const maxAddressText = 64

// ParseAddress reads an address as people type it: "00:09.0", "0000:00:09.0",
// "10000:E0:06.0", leading zeros optional ("0:9.0") as for the kernel's
// new_slot. All parts are hexadecimal, of either case.
//
// Anything else, including blanks around it, is an *AddressError that suggests what was
// meant.
func ParseAddress(s string) (Address, error) {
	a, reason := parseAddress(s)
	if reason != "" {
		return Address{}, &AddressError{Input: s, Reason: reason, Meant: suggest(s, false)}
	}
	return a, nil
}

// ParseName reads a name in /sys/bus/pci/devices: exactly what Address.String returns,
// and nothing else. The name of a port service, such as "0000:00:1b.0:pcie001", is not
// an address.
func ParseName(name string) (Address, bool) {
	a, reason := parseAddress(name)
	if reason != "" || a.String() != name {
		return Address{}, false
	}
	return a, true
}

// parseAddress returns the address, or the reason why s is not one.
func parseAddress(s string) (a Address, reason string) {
	switch {
	case s == "":
		return a, "it is empty"
	case len(s) > maxAddressText:
		return a, "it is too long"
	case strings.TrimSpace(s) != s:
		return a, "there are blanks around it"
	}
	place, function, dotted := strings.Cut(s, ".")
	if !dotted {
		return a, "no dot and function at its end (bus:slot.function)"
	}
	a, reason = parsePlace(place)
	if reason != "" {
		return Address{}, reason
	}
	n, ok := hex(function, 1)
	if !ok {
		return Address{}, fmt.Sprintf("function %q is not one digit", function)
	}
	if n > MaxFunction {
		return Address{}, fmt.Sprintf("function %s is more than %d", function, MaxFunction)
	}
	a.Function = uint8(n)
	return a, ""
}

// parsePlace reads [domain:]bus:slot.
func parsePlace(s string) (a Address, reason string) {
	fields := strings.Split(s, ":")
	if len(fields) == 3 {
		domain, ok := hex(fields[0], 8)
		if !ok {
			return a, fmt.Sprintf("domain %q is not hexadecimal of at most 8 digits", fields[0])
		}
		a.Domain = domain
		fields = fields[1:]
	}
	if len(fields) != 2 {
		return a, "it is not [domain:]bus:slot.function"
	}
	bus, ok := hex(fields[0], 2)
	if !ok {
		return a, fmt.Sprintf("bus %q is not hexadecimal of at most 2 digits", fields[0])
	}
	slot, ok := hex(fields[1], 2)
	if !ok {
		return a, fmt.Sprintf("slot %q is not hexadecimal of at most 2 digits", fields[1])
	}
	if slot > MaxSlot {
		return a, fmt.Sprintf("slot %s is hexadecimal and at most %x", fields[1], MaxSlot)
	}
	a.Bus, a.Slot = uint8(bus), uint8(slot)
	return a, ""
}
