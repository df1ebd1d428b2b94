package pciback

import (
	"bytes"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

const slotsFile = driversDir + Name + "/slots"

// slotLine is the length of the shortest line in slots, "0000:00:09.0\n".
const slotLine = 13

// SlotState reports whether a device's address is in pciback's list of slots.
type SlotState uint8

// The kernel cuts the list at one page, so that a slot may be registered without being
// shown: that is SlotUnknown, as is a slot of a list that could not be read.
const (
	SlotAbsent SlotState = iota
	SlotRegistered
	SlotUnknown
)

// String is "registered", "absent" or "unknown".
func (s SlotState) String() string {
	switch s {
	case SlotRegistered:
		return "registered"
	case SlotUnknown:
		return "unknown"
	}
	return "absent"
}

// MarshalText returns String.
func (s SlotState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns; anything else is SlotUnknown.
func (s *SlotState) UnmarshalText(text []byte) error {
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

// Slots is pciback's list of the addresses that it may bind. A registered device need
// neither exist nor be bound.
type Slots struct {
	Addresses []pci.Address // in the order in which they were registered
	Cut       bool          // the kernel showed one page; there may be more
	Unread    bool          // the list could not be read; any may be registered
}

// Of returns whether a is registered.
func (s Slots) Of(a pci.Address) SlotState {
	for _, have := range s.Addresses {
		if have == a {
			return SlotRegistered
		}
	}
	if s.Cut || s.Unread {
		return SlotUnknown
	}
	return SlotAbsent
}

// ParseSlots reads the content of the slots file. It skips lines that are not an
// address; the kernel writes none.
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

// Slots reads /sys/bus/pci/drivers/pciback/slots. The list is empty if the kernel does
// not have pciback. With an error it is Unread, so that of no address it says that it is
// absent.
func (d *Driver) Slots() (Slots, error) {
	content, err := d.fs.Read(slotsFile, sysfs.AttributeLimit)
	if sysfs.IsNotExist(err) {
		return Slots{}, nil
	}
	if err != nil {
		return Slots{Unread: true}, attributeError(err)
	}
	return ParseSlots(content), nil
}
