package pci

import "fmt"

// identity is the ids of a device, from one source.
type identity struct {
	vendor, device       uint16
	subVendor, subDevice uint16
	class                Class
	modalias             string
}

// modaliasForm is how the kernel writes the alias of a PCI device
// (modalias_show in drivers/pci/pci-sysfs.c): every digit in upper case.
const modaliasForm = "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X"

// The positions of the numbers in that text, and its length.
const (
	aliasVendor    = len("pci:v")
	aliasDevice    = aliasVendor + len("00008086d")
	aliasSubVendor = aliasDevice + len("00001521sv")
	aliasSubDevice = aliasSubVendor + len("00008086sd")
	aliasClass     = aliasSubDevice + len("00000001bc")
	aliasSub       = aliasClass + len("02sc")
	aliasInterface = aliasSub + len("00i")
	aliasLength    = aliasInterface + len("00")
)

// parseModalias splits the alias of a PCI device. It has all that vendor, device, class,
// subsystem_vendor and subsystem_device have.
func parseModalias(s string) (identity, bool) {
	if len(s) != aliasLength ||
		s[:aliasVendor] != "pci:v" ||
		s[aliasDevice-1:aliasDevice] != "d" ||
		s[aliasSubVendor-2:aliasSubVendor] != "sv" ||
		s[aliasSubDevice-2:aliasSubDevice] != "sd" ||
		s[aliasClass-2:aliasClass] != "bc" ||
		s[aliasSub-2:aliasSub] != "sc" ||
		s[aliasInterface-1:aliasInterface] != "i" {
		return identity{}, false
	}
	ok := true
	number := func(at, digits int) uint16 {
		n, good := hex(s[at:at+digits], digits)
		ok = ok && good && n <= 0xffff
		return uint16(n)
	}
	id := identity{
		vendor:    number(aliasVendor, 8),
		device:    number(aliasDevice, 8),
		subVendor: number(aliasSubVendor, 8),
		subDevice: number(aliasSubDevice, 8),
		class: Class(number(aliasClass, 2))<<16 | Class(number(aliasSub, 2))<<8 |
			Class(number(aliasInterface, 2)),
		modalias: s,
	}
	if !ok {
		return identity{}, false
	}
	return id, true
}

// String is the alias that parseModalias reads.
func (id identity) String() string {
	return fmt.Sprintf(modaliasForm, id.vendor, id.device, id.subVendor, id.subDevice,
		id.class.Base(), id.class.Sub(), id.class.Interface())
}

// Alias returns the alias that the kernel would show for a device with these ids. For a
// device that was read, Modalias is the kernel's own.
func (d Device) Alias() string {
	return identity{vendor: d.Vendor, device: d.Device, subVendor: d.SubVendor, subDevice: d.SubDevice, class: d.Class}.String()
}
