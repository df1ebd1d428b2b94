package pci

import (
	"strconv"
	"strings"
)

// maxLine bounds the text in which complete addresses are looked for, in bytes: a line of
// lspci, or a path in sysfs.
const maxLine = 1024

// complete returns the complete address in a text, as lspci and the kernel print it: with two
// digits each for bus and slot. Of several it is the last one of a path, whose other parts
// are the bridges above, and else the first.
//
// So it reads what xl writes (03:00.0@5, 03:00.0,permissive=1, the lines of pci-list), what
// Qubes does (dom0:03_00.0), XenServer (0/0000:03:00.0), by-path links, paths in sysfs, and
// the lines of lspci.
func complete(s string) (found string) {
	if len(s) > maxLine {
		return ""
	}
	s = strings.ReplaceAll(strings.TrimPrefix(s, "dom0:"), "_", ":")
	words := strings.FieldsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.", r) })
	for _, word := range words {
		word = strings.Trim(word, ":")
		a, reason := parseAddress(word)
		if reason != "" {
			continue
		}
		if word = strings.ToLower(word); word != a.Short() && word != a.String() {
			continue
		}
		found = word
		if !strings.Contains(s, "/") {
			return found
		}
	}
	return found
}

// xorg returns the address in a BusID of Xorg's configuration, "PCI:10:0:0" or
// "PCI:10@1:0:0": bus, domain, slot and function are decimal numbers.
func xorg(s string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(strings.Trim(s, `"' `)), "pci:")
	fields := strings.Split(rest, ":")
	if !ok || len(fields) != 3 {
		return ""
	}
	bus, domain, _ := strings.Cut(fields[0], "@")
	var n [4]uint64
	for i, text := range []string{domain, bus, fields[1], fields[2]} {
		if text == "" && i == 0 {
			continue
		}
		var err error
		if n[i], err = strconv.ParseUint(text, 10, 32); err != nil {
			return ""
		}
	}
	if n[1] > 0xff || n[2] > MaxSlot || n[3] > MaxFunction {
		return ""
	}
	a := Address{Domain: uint32(n[0]), Bus: uint8(n[1]), Slot: uint8(n[2]), Function: uint8(n[3])}
	if domain == "" {
		return a.Short()
	}
	return a.String()
}
