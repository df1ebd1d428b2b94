package pciback

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// MaxHide is the length of the longest value of hide= that the kernel accepts, in
// bytes (param_set_charp in kernel/params.c): 73 addresses. A longer one fails with
// ENOSPC, and the module is not loaded. A kernel command line may have less room
// (COMMAND_LINE_SIZE: 2048 bytes on x86 for all its words).
const MaxHide = 1024

// Any is the Slot of a HideGroup for all slots of a bus, or the Function for all
// functions of a slot.
const Any = -1

// HideGroup is one group of the parameter hide=, "(0000:00:09.*)".
type HideGroup struct {
	Domain   uint16
	Bus      uint8
	Slot     int8 // at most pci.MaxSlot, or Any
	Function int8 // at most pci.MaxFunction, or Any
}

// Has reports whether the group names a. pciback also takes the devices behind a
// bridge that a group names, of which this knows nothing.
func (g HideGroup) Has(a pci.Address) bool {
	return uint32(g.Domain) == a.Domain && g.Bus == a.Bus &&
		(g.Slot < 0 || uint8(g.Slot) == a.Slot) && (g.Function < 0 || uint8(g.Function) == a.Function)
}

// String is the group with its domain, in a form that ParseHide reads
// as the same group.
func (g HideGroup) String() string {
	slot, function := "*", "*"
	if g.Function >= 0 {
		function = fmt.Sprint(g.Function)
	}
	switch {
	case g.Slot >= 0:
		slot = fmt.Sprintf("%02x", g.Slot)
	case g.Function >= 0:
		slot = "ffffffff" // -1 for the kernel, which has no "*.0"
	}
	return fmt.Sprintf("(%04x:%02x:%s.%s)", g.Domain, g.Bus, slot, function)
}

// addresses appends the addresses that the group names, at most 256, whether or not
// there are such devices.
func (g HideGroup) addresses(all []pci.Address) []pci.Address {
	for slot := range uint8(pci.MaxSlot + 1) {
		for function := range uint8(pci.MaxFunction + 1) {
			a := pci.Address{Domain: uint32(g.Domain), Bus: g.Bus, Slot: slot, Function: function}
			if g.Has(a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// Hide is a value of pciback's parameter hide=: its groups in their order.
type Hide []HideGroup

// Has reports whether any group names a.
func (h Hide) Has(a pci.Address) bool {
	return slices.ContainsFunc(h, func(g HideGroup) bool { return g.Has(a) })
}

// Addresses returns the slots that pciback registers for h, each once, in their order.
func (h Hide) Addresses() (all []pci.Address) {
	seen := map[pci.Address]bool{}
	var some []pci.Address
	for _, g := range h {
		some = g.addresses(some[:0])
		for _, a := range some {
			if !seen[a] {
				seen[a] = true
				all = append(all, a)
			}
		}
	}
	return all
}

// String is the value as xenpci writes it: whole groups, no blanks.
func (h Hide) String() string {
	var b strings.Builder
	for _, g := range h {
		b.WriteString(g.String())
	}
	return b.String()
}

// HideError reports a value of hide= that makes the kernel reject all of it: nothing is
// hidden then, not even the devices that its valid groups name.
type HideError struct {
	Value  string
	At     int    // where the kernel stops, in bytes
	Reason string // what is wrong there
}

// Error shows where the value is wrong, and says what the kernel does.
func (e *HideError) Error() string {
	return fmt.Sprintf("hide=%s: at %.40q: %s; the kernel rejects the whole value, and pciback hides nothing",
		shortened(e.Value), e.Value[min(e.At, len(e.Value)):], e.Reason)
}

// shortened returns the beginning of a long value.
func shortened(value string) string {
	const most = 80
	if len(value) <= most {
		return value
	}
	return value[:most] + "..."
}

// ParseHide reads a value of hide= as the kernel does (pcistub_init in
// drivers/xen/xen-pciback/pci_stub.c): groups in parentheses, "*" for the function
// or for slot and function, the domain left out if it is 0, white space between
// groups. An empty value has none. The kernel reads numbers by sscanf, so that
// "( 0x0:9.0)" is a group too.
//
// The error is a *HideError: one bad group makes the kernel reject all.
func ParseHide(value string) (Hide, error) {
	h, refused := parseHide(value)
	if refused != nil {
		return nil, refused
	}
	return h, nil
}

func parseHide(value string) (Hide, *HideError) {
	if len(value) > MaxHide {
		return nil, &HideError{Value: value, At: MaxHide, Reason: fmt.Sprintf("it is longer than %d bytes", MaxHide)}
	}
	text, _, _ := strings.Cut(value, "\x00") // a C string
	var h Hide
	for at := 0; at < len(text); {
		g, length, reason := parseHideGroup(text[at:])
		if reason != "" {
			return nil, &HideError{Value: value, At: at, Reason: reason}
		}
		h = append(h, g)
		at += length
	}
	return h, nil
}

// ParseHideLenient reads a list of devices as its writer meant it: groups of hide=,
// or addresses with or without parentheses, separated by blanks, commas,
// semicolons or quotes of any kind. Each group is returned once, and so is each word that
// names no device.
func ParseHideLenient(text string) (h Hide, unclear []string) {
	seen := map[HideGroup]bool{}
	for _, word := range strings.FieldsFunc(text, separator) {
		one, refused := parseHide("(" + word + ")")
		switch {
		case refused != nil || len(one) != 1:
			if !slices.Contains(unclear, word) {
				unclear = append(unclear, word)
			}
		case !seen[one[0]]:
			seen[one[0]] = true
			h = append(h, one[0])
		}
	}
	return h, unclear
}

// separator reports whether people write r between addresses.
func separator(r rune) bool {
	return r <= ' ' || strings.ContainsRune("(),;'\"`\u00a0\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb", r)
}

// parseHideGroup reads the group at the beginning of s, and the white space after it.
// It tries the formats in the kernel's order: what the first leaves in its variables
// decides which is tried next.
func parseHideGroup(s string) (g HideGroup, length int, reason string) {
	n, count, parsed := scanHex(s, " (%:%:%.%) ")
	domain, bus, slot, function := n[0], n[1], int32(n[2]), int32(n[3])
	switch count {
	case 3:
		function = Any
		_, _, parsed = scanHex(s, " (%:%:%.*) ")
	case 2:
		slot, function = Any, Any
		_, _, parsed = scanHex(s, " (%:%:*.*) ")
	}
	if parsed == 0 {
		n, count, parsed = scanHex(s, " (%:%.%) ")
		domain, bus, slot, function = 0, n[0], int32(n[1]), int32(n[2])
		switch count {
		case 2:
			function = Any
			_, _, parsed = scanHex(s, " (%:%.*) ")
		case 1:
			slot, function = Any, Any
			_, _, parsed = scanHex(s, " (%:*.*) ")
		}
	}
	switch {
	case parsed == 0:
		return g, 0, "not (domain:bus:slot.function) or (bus:slot.function), where * may stand for the function, or for slot and function"
	case domain > 0xffff:
		return g, 0, fmt.Sprintf("domain %x is more than ffff", domain)
	case bus > 0xff:
		return g, 0, fmt.Sprintf("bus %x is more than ff", bus)
	case slot > pci.MaxSlot:
		return g, 0, fmt.Sprintf("slot %x is more than %x", slot, pci.MaxSlot)
	case function > pci.MaxFunction:
		return g, 0, fmt.Sprintf("function %x is more than %d", function, pci.MaxFunction)
	}
	return HideGroup{Domain: uint16(domain), Bus: uint8(bus), Slot: int8(max(slot, Any)), Function: int8(max(function, Any))}, parsed, ""
}

// HideOf returns the groups that name devices, each once. Its String has whole
// addresses in parentheses and no blanks, so that it is one word for modprobe and on
// a kernel command line; the kernel takes at most MaxHide bytes of it.
//
// The error is a *DomainError for a device that pciback cannot name.
func HideOf(devices ...pci.Address) (Hide, error) {
	var h Hide
	seen := map[pci.Address]bool{}
	for _, a := range devices {
		if err := Takes(a); err != nil {
			return nil, err
		}
		if !a.Valid() {
			return nil, fmt.Errorf("%s: slot is at most %x and function at most %d", a, pci.MaxSlot, pci.MaxFunction)
		}
		if !seen[a] {
			seen[a] = true
			h = append(h, HideGroup{Domain: uint16(a.Domain), Bus: a.Bus, Slot: int8(a.Slot), Function: int8(a.Function)})
		}
	}
	return h, nil
}
