package pciback

import (
	"bytes"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

const slotsFile = driversDir + Name + "/slots"

// slotLine is the length of the shortest line in slots, "0000:00:09.0\n".
const slotLine = 13

// Slot says whether a device's address stands in pciback's list of slots.
type Slot uint8

// The kernel's list is cut at one page: a slot that is not in a cut list may
// be registered anyway.
const (
	SlotAbsent Slot = iota
	SlotRegistered
	SlotUnknown
)

// String is "registered", "absent" or "unknown".
func (s Slot) String() string {
	switch s {
	case SlotRegistered:
		return "registered"
	case SlotUnknown:
		return "unknown"
	}
	return "absent"
}

// MarshalText makes JSON carry the word.
func (s Slot) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word; any other than String gives is unknown.
func (s *Slot) UnmarshalText(text []byte) error {
	switch string(text) {
	case "registered":
		*s = SlotRegistered
	case "absent":
		*s = SlotAbsent
	default:
		*s = SlotUnknown
	}
	return nil
}

// Slots is pciback's list: the addresses that it takes when it is asked to
// bind. A registered device need not exist, and need not be bound.
type Slots struct {
	Addresses []pci.Address // in the order in which they were registered
	Cut       bool          // the kernel showed one page; there may be more
}

// Of says whether a is registered.
func (s Slots) Of(a pci.Address) Slot {
	for _, have := range s.Addresses {
		if have == a {
			return SlotRegistered
		}
	}
	if s.Cut {
		return SlotUnknown
	}
	return SlotAbsent
}

// ParseSlots reads the content of the slots file. Lines that are no address
// are passed over: none was ever seen, and one must not hide the others.
func ParseSlots(content []byte) Slots {
	// The kernel fills one page less its final NUL with whole lines (measured:
	// 315 of them), so a list with no room for another line may be cut.
	s := Slots{Cut: len(content) > sysfs.AttributeLimit-1-slotLine}
	for line := range bytes.Lines(content) {
		if a, ok := pci.ParseName(string(bytes.TrimSuffix(line, []byte("\n")))); ok {
			s.Addresses = append(s.Addresses, a)
		}
	}
	return s
}

// Slots reads /sys/bus/pci/drivers/pciback/slots. Where pciback is not there,
// the list is empty.
func (d *Driver) Slots() (Slots, error) {
	content, err := d.fs.Read(slotsFile, sysfs.AttributeLimit)
	if sysfs.IsNotExist(err) {
		return Slots{}, nil
	}
	if err != nil {
		return Slots{}, attributeError(err)
	}
	return ParseSlots(content), nil
}
