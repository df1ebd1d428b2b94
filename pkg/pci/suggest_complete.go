package pci

import (
	"strconv"
	"strings"
)

// complete returns the complete address in a text, as lspci and the kernel print it: with two
// digits each for bus and slot. Of several it is the last one of a path, whose other parts
// are the bridges above; in any other text none of several is it.
//
// So it reads what xl writes (03:00.0@5, 03:00.0,permissive=1, the lines of pci-list), what
// Qubes does (dom0:03_00.0), XenServer (0/0000:03:00.0), by-path links, paths in sysfs, and
// the lines of lspci.
func complete(s string) string {
	if len(s) > maxLine {
		return ""
	}
	found := completeWords(strings.ReplaceAll(strings.TrimPrefix(s, "dom0:"), "_", ":"))
	if len(found) == 0 || len(found) > 1 && !strings.Contains(s, "/") {
		return ""
	}
	return found[len(found)-1]
}

// hasSeveral reports whether a text that is no path has several complete addresses, so that
// one of them cannot be what was meant.
func hasSeveral(s string) bool {
	return len(s) <= maxLine && !strings.Contains(s, "/") && len(completeWords(s)) > 1
}

// completeWords returns the complete addresses in a text, in order, without those that repeat
// the one before.
func completeWords(s string) (found []string) {
	words := strings.FieldsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.", r) })
	for _, word := range words {
		word = strings.ToLower(strings.Trim(word, ":"))
		if _, ok := completeAddress(word); ok && (len(found) == 0 || found[len(found)-1] != word) {
			found = append(found, word)
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
