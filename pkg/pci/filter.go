package pci

import "strings"

// Filter selects devices as lspci's options -s and -d do: each given part must be equal.
// The zero value matches every device.
type Filter struct {
	domain, bus, slot, function filterPart
	vendor, device, iface       filterPart
	class                       filterPart
}

// filterPart is one number of a filter. Bits outside of mask match any value; only the
// class has such bits.
type filterPart struct {
	value, mask uint32
	given       bool
}

// FilterError reports an argument that lspci rejects, in its words.
type FilterError struct {
	Option string // "-s" or "-d"
	Reason string // "Invalid slot number"
}

// Error returns what lspci prints after its own name.
func (e *FilterError) Error() string { return e.Option + ": " + e.Reason }

// maxFilter is the length of the longest filter that lspci accepts, in bytes (BUF_SIZE
// in lib/filter.c of pciutils, without the NUL).
const maxFilter = 63

// maxFilterDomain is the largest domain that lspci accepts.
const maxFilterDomain = 0x7fffffff

// ParseSlot adds the argument of one -s option, "[[[domain]:]bus]:][slot][.[func]]", of
// hexadecimal numbers; an empty one or "*" matches any. A number replaces that of an
// earlier option. The error is a *FilterError, after which the filter is as before.
func (f *Filter) ParseSlot(s string) error {
	fields, reason := filterFields(s, ":", 3)
	if reason != "" {
		return &FilterError{"-s", reason}
	}
	next := *f
	place, function := fields[len(fields)-1], ""
	if place != "*" {
		parts, reason := filterFields(place, ".", 2)
		if reason != "" {
			return &FilterError{"-s", "Invalid slot/function number"}
		}
		place = parts[0]
		if len(parts) == 2 {
			function = parts[1]
		}
	}
	if len(fields) == 3 && !next.domain.parse(fields[0], maxFilterDomain, false) {
		return &FilterError{"-s", "Invalid domain number"}
	}
	if len(fields) >= 2 && !next.bus.parse(fields[len(fields)-2], 0xff, false) {
		return &FilterError{"-s", "Invalid bus number"}
	}
	if !next.slot.parse(place, MaxSlot, false) {
		return &FilterError{"-s", "Invalid slot number"}
	}
	if !next.function.parse(function, MaxFunction, false) {
		return &FilterError{"-s", "Invalid function number"}
	}
	*f = next
	return nil
}

// ParseID adds the argument of one -d option, "[vendor]:[device][:[class][:[prog-if]]]",
// as ParseSlot does. A digit x of the class matches any digit; the class is a number of
// 16 bits, so that "2" is 0002.
func (f *Filter) ParseID(s string) error {
	fields, reason := filterFields(s, ":", 4)
	if reason != "" {
		return &FilterError{"-d", reason}
	}
	if len(fields) < 2 {
		return &FilterError{"-d", "At least two fields must be given"}
	}
	fields = append(fields, "", "")
	next := *f
	switch {
	case !next.vendor.parse(fields[0], 0xffff, false):
		return &FilterError{"-d", "Invalid vendor ID"}
	case !next.device.parse(fields[1], 0xffff, false):
		return &FilterError{"-d", "Invalid device ID"}
	case !next.class.parse(fields[2], 0xffff, true):
		return &FilterError{"-d", "Invalid class code"}
	case !next.iface.parse(fields[3], 0xff, false):
		return &FilterError{"-d", "Invalid programming interface code"}
	}
	*f = next
	return nil
}

// MatchAddress reports whether a device at a can match. If not, the device need not be
// read.
func (f Filter) MatchAddress(a Address) bool {
	return f.domain.match(a.Domain) && f.bus.match(uint32(a.Bus)) &&
		f.slot.match(uint32(a.Slot)) && f.function.match(uint32(a.Function))
}

// Match reports whether the filter selects d.
func (f Filter) Match(d Device) bool {
	return f.MatchAddress(d.Address) &&
		f.vendor.match(uint32(d.Vendor)) && f.device.match(uint32(d.Device)) &&
		f.class.match(uint32(d.Class)>>8) && f.iface.match(uint32(d.Class.Interface()))
}

func (p filterPart) match(n uint32) bool {
	return !p.given || (n^p.value)&p.mask == 0
}

// parse reads one number; wild allows the digit x, and then there is no prefix
// 0x. An empty field or "*" leaves p as it is.
func (p *filterPart) parse(s string, largest uint32, wild bool) bool {
	if s == "" || s == "*" {
		return true
	}
	if !wild && len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	next := filterPart{mask: 0xffffffff, given: true}
	var bound uint32 // the number with each x counted as 1, for the limit
	for i := range len(s) {
		digit, mask, least := uint32(0), uint32(0xf), uint32(0)
		if wild && s[i]|0x20 == 'x' {
			mask, least = 0, 1
		} else {
			n, ok := hex(s[i:i+1], 1)
			if !ok {
				return false
			}
			digit, least = n, n
		}
		next.value = next.value<<4 | digit
		next.mask = next.mask<<4 | mask
		bound = bound<<4 | least
		if bound > largest {
			return false
		}
	}
	*p = next
	return true
}

func filterFields(s, separator string, most int) (fields []string, reason string) {
	if len(s) > maxFilter {
		return nil, "Expression too long"
	}
	fields = strings.Split(s, separator)
	if len(fields) > most {
		return nil, "Too many fields"
	}
	return fields, ""
}
