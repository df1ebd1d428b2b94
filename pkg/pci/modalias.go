package pci

import (
	"fmt"
	"strings"
)

// identity is what a device is, as one read of sysfs can tell.
type identity struct {
	vendor, device       uint16
	subVendor, subDevice uint16
	class                Class
	modalias             string
}

// modaliasForm is how the kernel writes the alias of a PCI device
// (modalias_show in drivers/pci/pci-sysfs.c): every digit in upper case.
const modaliasForm = "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X"

// parseModalias takes the alias of a PCI device apart. It holds everything that
// vendor, device, class, subsystem_vendor and subsystem_device hold.
func parseModalias(s string) (identity, bool) {
	id := identity{modalias: s}
	var class, sub, iface uint32
	rest := s
	for _, part := range []struct {
		name   string
		digits int
		set    func(uint32)
	}{
		{"pci:v", 8, func(n uint32) { id.vendor = uint16(n) }},
		{"d", 8, func(n uint32) { id.device = uint16(n) }},
		{"sv", 8, func(n uint32) { id.subVendor = uint16(n) }},
		{"sd", 8, func(n uint32) { id.subDevice = uint16(n) }},
		{"bc", 2, func(n uint32) { class = n }},
		{"sc", 2, func(n uint32) { sub = n }},
		{"i", 2, func(n uint32) { iface = n }},
	} {
		digits, ok := strings.CutPrefix(rest, part.name)
		if !ok || len(digits) < part.digits {
			return identity{}, false
		}
		n, ok := hex(digits[:part.digits], part.digits)
		if !ok || n > 0xffff {
			return identity{}, false
		}
		part.set(n)
		rest = digits[part.digits:]
	}
	id.class = Class(class<<16 | sub<<8 | iface)
	return id, rest == ""
}

// String is the alias that parseModalias reads.
func (id identity) String() string {
	return fmt.Sprintf(modaliasForm, id.vendor, id.device, id.subVendor, id.subDevice,
		id.class.Base(), id.class.Sub(), id.class.Interface())
}
