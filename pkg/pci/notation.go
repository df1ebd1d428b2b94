package pci

import "strings"

// maxLine bounds the text in which complete addresses are looked for, in bytes: a line of
// lspci, or a path in sysfs.
const maxLine = 1024

// notation reads an address as other programs write it, where the whole text means that one
// function and nothing else:
//
//   - libvirt's pci_0000_03_00_0, and Qubes' dom0:03_00.0;
//   - a path that ends in the kernel's name, such as /sys/bus/pci/devices/0000:03:00.0, and
//     XenServer's 0/0000:03:00.0;
//   - a line of lspci.
//
// Bus and slot need two digits each. Text with options, such as xl's "03:00.0,permissive=1",
// says more than an address can, so it is not read.
func notation(s string) (Address, bool) {
	if len(s) > maxLine {
		return Address{}, false
	}
	if numbers, ok := strings.CutPrefix(s, "pci_"); ok {
		if i := strings.LastIndexByte(numbers, '_'); i >= 0 {
			return completeAddress(strings.ReplaceAll(numbers[:i], "_", ":") + "." + numbers[i+1:])
		}
		return Address{}, false
	}
	if first, rest, ok := strings.Cut(s, " "); ok {
		if !lspciDescription(rest) {
			return Address{}, false
		}
		return completeAddress(first)
	}
	if i := strings.LastIndexByte(strings.TrimSuffix(s, "/"), '/'); i >= 0 || strings.HasSuffix(s, "/") {
		if strings.ContainsFunc(s, notInPath) {
			return Address{}, false
		}
		return ParseName(strings.TrimSuffix(s[i+1:], "/"))
	}
	return completeAddress(strings.ReplaceAll(strings.TrimPrefix(s, "dom0:"), "_", ":"))
}

// lspciDescription reports whether text may follow the address in a line of lspci: a class
// with a colon, or with -m the class in quotes. It has no address itself.
func lspciDescription(text string) bool {
	return (strings.HasPrefix(text, `"`) || strings.Contains(text, ": ")) &&
		!strings.ContainsAny(text, "\r\n") && len(completeWords(text)) == 0
}

// notInPath reports whether a rune does not occur in the path of a device in sysfs.
func notInPath(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(":._-/", r)
}

// completeAddress reads an address that has its leading zeros, with or without the domain.
func completeAddress(s string) (Address, bool) {
	a, reason := parseAddress(s)
	if s = strings.ToLower(s); reason != "" || s != a.Short() && s != a.String() {
		return Address{}, false
	}
	return a, true
}

// xlOptions returns what xl reads after an address: "@5", the slot in the guest, and
// ",permissive=1". It returns "" if s is not an address with such options.
func xlOptions(s string) string {
	i := strings.IndexAny(s, "@,")
	if i < 0 {
		return ""
	}
	place, all := strings.CutSuffix(s[:i], ".*")
	if all {
		place += ".0"
	}
	if _, ok := completeAddress(place); !ok || s[i] == ',' && !strings.Contains(s[i:], "=") {
		return ""
	}
	return s[i:]
}
