package pci

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// suggest returns what a mistyped address was probably meant to be, in a form that parses,
// or "" if that is unknown. With slots the text may also be a slot, or vendor:device.
//
// A complete address that is in the text is what was meant; other numbers are only guessed
// from without one. "00:09:0" is printed in well-known guides; other forms come from libvirt
// (pci_0000_00_09_0) and from hide= parameters.
func suggest(s string, slots bool) string {
	if a := complete(s); a != "" {
		return a
	}
	if a := xorg(s); a != "" {
		return a
	}
	if len(s) > maxAddressText || hasSeveral(s) {
		return ""
	}
	fields := looseFields(s)
	if slots && looksLikeModel(fields) && !strings.Contains(s, ".") {
		return fmt.Sprintf("%04s:%04s", fields[0], fields[1])
	}
	var domain, function string
	switch noDot := !strings.Contains(s, "."); {
	case len(fields) == 4 && strings.Contains(s, ":") && strings.Count(s, ".") > 1:
		return "" // 00:09.0.0 is not 0000:09:00.0
	case len(fields) == 4:
		domain, function, fields = fields[0], fields[3], fields[1:3]
	case len(fields) == 3 && noDot && len(fields[0]) == 4:
		domain, fields = fields[0], fields[1:]
	case len(fields) == 3:
		function, fields = fields[2], fields[:2]
	case len(fields) == 2 && !noDot && !strings.Contains(s, ":"):
		function, fields = fields[1], []string{"0", fields[0]}
	case len(fields) != 2:
		return ""
	}
	a, ok := looseAddress(domain, fields[0], fields[1], function)
	if !ok {
		return ""
	}
	text := a.Short()
	if domain != "" {
		text = a.String()
	}
	if slots && function == "" {
		return strings.TrimSuffix(text, ".0")
	}
	return text
}

// looksLikeModel reports whether two numbers are vendor and device rather than bus
// and slot.
func looksLikeModel(fields []string) bool {
	return len(fields) == 2 && max(len(fields[0]), len(fields[1])) == 4
}

// looseFields splits what may be an address into its numbers, whatever is between and
// around them. It returns nil if there is anything else than numbers.
func looseFields(s string) []string {
	words := strings.Fields(strings.Trim(s, "()[]{}<>'\", \t\r\n"))
	if len(words) == 0 {
		return nil
	}
	s = strings.ToLower(path.Base(words[0]))
	s = strings.Trim(strings.TrimPrefix(s, "pci"), "()[]'\",;")
	fields := strings.FieldsFunc(s, func(r rune) bool {
		return strings.ContainsRune(":.-_@/", r)
	})
	for i, field := range fields {
		fields[i] = strings.TrimPrefix(field, "0x")
		if _, ok := hex(fields[i], 8); !ok {
			return nil
		}
	}
	return fields
}

// looseAddress makes an address of the parts, if they are in range; an empty domain or
// function is 0. It reads a slot above 1f as a decimal number, if it can be one: 20 as 14.
func looseAddress(domain, bus, slot, function string) (Address, bool) {
	n := make([]uint32, 4)
	for i, part := range []string{domain, bus, slot, function} {
		if part == "" {
			continue
		}
		value, ok := hex(part, 8)
		if !ok {
			return Address{}, false
		}
		n[i] = value
	}
	if n[2] > MaxSlot {
		decimal, err := strconv.ParseUint(slot, 10, 8)
		if err != nil || decimal > MaxSlot {
			return Address{}, false
		}
		n[2] = uint32(decimal)
	}
	if n[1] > 0xff || n[3] > MaxFunction {
		return Address{}, false
	}
	return Address{Domain: n[0], Bus: uint8(n[1]), Slot: uint8(n[2]), Function: uint8(n[3])}, true
}
