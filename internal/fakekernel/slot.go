package fakekernel

import (
	"fmt"
	"strings"
	"syscall"
)

// slotRange is the range that a write to new_slot or remove_slot names. A negative slot or
// function stands for all of them.
type slotRange struct {
	domain, bus, slot, function int32
}

// all is the slot or function for a wildcard.
const all = -1

// parseSlot is str_to_slot of pci_stub.c: the forms dddd:bb:ss.f, bb:ss.f and
// those with * for the function, or for slot and function.
func parseSlot(s string) (slotRange, error) {
	s = cString(s)
	if r, parsed := scanLong(s, ""); parsed > 0 && parsed == len(s) {
		return r, nil
	}
	if r, parsed := scanShort(s, ""); parsed > 0 && parsed == len(s) {
		return r, nil
	}
	return slotRange{}, syscall.EINVAL
}

// parseHide is the loop over hide= in pcistub_init: groups in parentheses, with white space
// only between them. One malformed group makes the whole value invalid.
func parseHide(s string) ([]slotRange, error) {
	var ranges []slotRange
	for s = cString(s); s != ""; {
		r, parsed := scanLong(s, "(")
		if parsed == 0 {
			r, parsed = scanShort(s, "(")
		}
		if parsed == 0 {
			return nil, syscall.EINVAL
		}
		if _, err := r.expand(); err != nil {
			return nil, err
		}
		ranges, s = append(ranges, r), s[parsed:]
	}
	return ranges, nil
}

// scanLong parses the forms with a domain; open is "(" inside hide=.
func scanLong(s, open string) (slotRange, int) {
	head, tail := " "+open+"%x:%x:", closing(open)
	n, parsed := scan(s, head+"%x.%x"+tail)
	switch len(n) {
	case 4:
		return slotRange{n[0], n[1], n[2], n[3]}, parsed
	case 3:
		_, parsed = scan(s, head+"%x.*"+tail)
		return slotRange{n[0], n[1], n[2], all}, parsed
	case 2:
		_, parsed = scan(s, head+"*.*"+tail)
		return slotRange{n[0], n[1], all, all}, parsed
	}
	return slotRange{}, 0
}

// scanShort parses the forms without a domain, which is then 0.
func scanShort(s, open string) (slotRange, int) {
	head, tail := " "+open+"%x:", closing(open)
	n, parsed := scan(s, head+"%x.%x"+tail)
	switch len(n) {
	case 3:
		return slotRange{0, n[0], n[1], n[2]}, parsed
	case 2:
		_, parsed = scan(s, head+"%x.*"+tail)
		return slotRange{0, n[0], n[1], all}, parsed
	case 1:
		_, parsed = scan(s, head+"*.*"+tail)
		return slotRange{0, n[0], all, all}, parsed
	}
	return slotRange{}, 0
}

func closing(open string) string {
	if open == "" {
		return " %n"
	}
	return ") %n"
}

// expand returns the canonical names of the range, or the error of pcistub_device_id_add.
func (r slotRange) expand() ([]string, error) {
	if r.domain < 0 || r.domain > 0xffff || r.bus < 0 || r.bus > 0xff || r.slot > 0x1f || r.function > 7 {
		return nil, syscall.EINVAL
	}
	var names []string
	for slot := max(r.slot, 0); slot <= 0x1f; slot++ {
		for function := max(r.function, 0); function <= 7; function++ {
			names = append(names, fmt.Sprintf("%04x:%02x:%02x.%d", r.domain, r.bus, slot, function))
			if r.function >= 0 {
				break
			}
		}
		if r.slot >= 0 {
			break
		}
	}
	return names, nil
}

// covers reports whether a registered slot is in the range.
func (r slotRange) covers(name string) bool {
	n, _ := scan(name, "%x:%x:%x.%x")
	return len(n) == 4 && n[0] == r.domain && n[1] == r.bus &&
		(r.slot < 0 || n[2] == r.slot) && (r.function < 0 || n[3] == r.function)
}

// cString truncates s at its first NUL byte, where the kernel's string ends.
func cString(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

// canonical reports whether name has the kernel's form of a PCI device's name.
func canonical(name string) bool {
	n, parsed := scan(name, "%x:%x:%x.%x%n")
	return parsed == len(name) && len(n) == 4 && uint32(n[1]) <= 0xff && uint32(n[2]) <= 0x1f && uint32(n[3]) <= 7 &&
		name == fmt.Sprintf("%04x:%02x:%02x.%d", uint32(n[0]), n[1], n[2], n[3])
}
