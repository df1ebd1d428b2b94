package config

import (
	"encoding/binary"
	"fmt"

	"github.com/xenpci/xenpci/pkg/pci"
)

// The serial number is in an extended capability of PCI Express
// (include/uapi/linux/pci_regs.h).
const (
	configExtended   = 0x100 // of the first capability
	capabilitySerial = 0x0003
	maxExtended      = (pci.ConfigLimit - configExtended) / 8 // how many fit
)

// readSerial returns the serial number of a device; "" where it has none or it
// cannot be read.
func readSerial(root string, a pci.Address) string {
	config, err := pci.ReadConfig(root, a, pci.ConfigLimit)
	if err != nil {
		return ""
	}
	return findSerial(config)
}

// findSerial walks the list of capabilities, which may be a ring in a device that
// does not answer. A number with all bits alike is none.
func findSerial(config []byte) string {
	at := configExtended
	for range maxExtended {
		if at < configExtended || at+12 > len(config) {
			return ""
		}
		head := binary.LittleEndian.Uint32(config[at:])
		if head == 0 || head == 0xffffffff {
			return ""
		}
		if head&0xffff == capabilitySerial {
			return serialText(binary.LittleEndian.Uint64(config[at+4:]))
		}
		at = int(head>>20) &^ 3
	}
	return ""
}

// realtek is the second half of the serial number of Realtek's network cards. The
// first half identifies the kind of chip, so that all cards of a kind have the
// same number.
const realtek = 0x684ce000

// serialText returns the number as lspci writes it; "" for one that does not tell
// cards apart.
func serialText(n uint64) string {
	if n == 0 || n == 1<<64-1 || uint32(n) == realtek {
		return ""
	}
	b := binary.BigEndian.AppendUint64(nil, n)
	return fmt.Sprintf("%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7])
}
