package pciback

import (
	"fmt"
	"strings"
)

// maxDriverName is the longest name that a folder of sysfs can have, in bytes.
const maxDriverName = 255

// CheckDriver returns an error for a name that no driver of dom0 can have. The name
// becomes part of a path below /sys/bus/pci/drivers, and pciback is none of those
// drivers. A name may have blanks, as "Intel ICH" had.
func CheckDriver(name string) error {
	switch {
	case name == "", name == ".", name == "..", name == AnyDriver, len(name) > maxDriverName, strings.ContainsAny(name, "/\n\x00"):
		return fmt.Errorf("%q is not the name of a driver", name)
	case name == Name:
		return fmt.Errorf("%s is the driver that hides devices, not one of dom0", Name)
	}
	return nil
}
