package option

import (
	"regexp"
	"strconv"
	"strings"
)

// Form is which values an option takes: alternatives, separated by " | ", or after "list " what
// each item between commas may be. An alternative is a word; a pattern between slashes; a kind of
// value in angle brackets; or a word with "=" or ":" and such a kind. "x=<bool>" takes x and no-x
// too.
type Form string

// Any reports whether nothing is said about the value.
func (f Form) Any() bool { return f == "" || strings.Contains(string(f), "<any>") }

// Bool reports whether the whole value may be on or off.
func (f Form) Bool() bool {
	for _, a := range f.alternatives() {
		if a == "<bool>" {
			return true
		}
	}
	return f.Any()
}

func (f Form) alternatives() []string {
	return strings.Split(strings.TrimPrefix(string(f), "list "), " | ")
}

// Refuses returns the item of a value that the form does not have; ok is false if it has all.
func (f Form) Refuses(value string) (item string, ok bool) {
	if f.Any() {
		return "", false
	}
	items := []string{value}
	if strings.HasPrefix(string(f), "list ") {
		items = strings.Split(value, ",")
	}
	for _, item := range items {
		if !f.takes(item) {
			return item, true
		}
	}
	return "", false
}

func (f Form) takes(item string) bool {
	for _, a := range f.alternatives() {
		if alternative(a, item) {
			return true
		}
	}
	return false
}

// alternative reports whether an item is this alternative.
func alternative(a, item string) bool {
	if pattern, ok := strings.CutPrefix(a, "/"); ok {
		matched, err := regexp.MatchString("^(?:"+strings.TrimSuffix(pattern, "/")+")$", item)
		return matched && err == nil
	}
	before, kind, ok := strings.Cut(a, "<")
	if !ok {
		return a == item
	}
	if name, ok := strings.CutSuffix(before, "="); ok && kind == "bool>" && (item == name || item == "no-"+name) {
		return true
	}
	value, ok := strings.CutPrefix(item, before)
	return ok && isKind("<"+kind, value)
}

// isKind reports whether a value is of a kind.
func isKind(kind, value string) bool {
	switch kind {
	case "<bool>":
		_, ok := ParseBool(value)
		return ok
	case "<int>":
		return IsInteger(value)
	case "<size>":
		_, ok := ParseSize(value)
		return ok
	case "<range>":
		low, high, ok := strings.Cut(value, "-")
		return ok && (low == "" || IsInteger(low)) && (high == "" || IsInteger(high))
	case "<memory>":
		return isMemory(value)
	case "<level>":
		level, limited, both := strings.Cut(value, "/")
		return isLevel(level) && (!both || isLevel(limited))
	case "<serial>":
		return isSerial(value)
	}
	return false
}

// ParseBool reads a value as Xen does (parse_bool in xen/common/kernel.c).
func ParseBool(value string) (on, ok bool) {
	switch value {
	case "1", "on", "yes", "true", "enable":
		return true, true
	case "0", "off", "no", "false", "disable":
		return false, true
	}
	return false, false
}

// IsInteger reports whether Xen reads all of a value as a number (simple_strtoll with base 0).
func IsInteger(value string) bool {
	digits := strings.TrimPrefix(value, "-")
	_, err := strconv.ParseUint(digits, 0, 64)
	// Go reads 1_000, 0b11 and 0o17 too.
	return err == nil && !strings.Contains(digits, "_") && !(len(digits) > 2 && digits[0] == '0' && strings.IndexByte("bBoO", digits[1]) >= 0)
}

// ParseSize reads a number with a unit (parse_size_and_unit in xen/lib/parse-size.c). Without a
// unit it is in KiB.
func ParseSize(value string) (unit byte, ok bool) {
	if value == "" {
		return 0, false
	}
	last := value[len(value)-1]
	if strings.IndexByte("bBkKmMgGtT", last) >= 0 && !strings.HasPrefix(value, "0x") {
		return last, IsInteger(value[:len(value)-1])
	}
	if strings.IndexByte("kKmMgGtT", last) >= 0 {
		return last, IsInteger(value[:len(value)-1])
	}
	return 0, IsInteger(value)
}

// isMemory reports whether a value is an amount of dom0_mem: a size, which may be negative, a
// part of the memory in percent, or both with "+" between.
func isMemory(value string) bool {
	value = strings.TrimPrefix(value, "-")
	if size, part, both := strings.Cut(value, "+"); both {
		if _, ok := ParseSize(size); !ok {
			return false
		}
		value = part
	}
	if part, ok := strings.CutSuffix(value, "%"); ok {
		n, err := strconv.Atoi(part)
		return err == nil && n >= 0 && n < 100
	}
	_, ok := ParseSize(value)
	return ok
}

func isLevel(word string) bool {
	switch word {
	case "none", "error", "warning", "info", "debug", "all":
		return true
	}
	return false
}

// isSerial reports whether a value configures a serial port: its speed, data bits, parity and
// stop bits, and where it is (ns16550_parse_port_config in xen/drivers/char/ns16550.c). What
// follows these is not looked at.
func isSerial(value string) bool {
	parts := strings.Split(value, ",")
	baud, base, _ := strings.Cut(parts[0], "/")
	numbers := (baud == "" || baud == "auto" || IsInteger(baud)) && (base == "" || IsInteger(base))
	named := strings.Contains(value, "=") // name=value pairs, since Xen 4.10
	if named || !numbers || len(parts) == 1 || parts[1] == "" {
		return named || numbers
	}
	bits := parts[1]
	return len(bits) == 3 && bits[0] >= '5' && bits[0] <= '8' && strings.IndexByte("noemsNOEMS", bits[1]) >= 0 && (bits[2] == '1' || bits[2] == '2')
}
