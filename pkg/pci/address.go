package pci

import (
	"cmp"
	"fmt"
	"strconv"
)

// The largest parts of an address. The kernel keeps slot and function in one
// byte, five bits and three (PCI_DEVFN, include/uapi/linux/pci.h).
const (
	MaxSlot     = 0x1f
	MaxFunction = 7
)

// Address is the address of a PCI function: the name of its folder in
// /sys/bus/pci/devices. It is comparable and may be the key of a map.
//
// The address of a device may change when cards are added or the firmware renumbers
// buses.
type Address struct {
	Domain   uint32 // PCI segment; 0 on most machines, 10000 (hex) and up below Intel VMD
	Bus      uint8
	Slot     uint8 // the device's number on its bus, at most MaxSlot
	Function uint8 // at most MaxFunction
}

// String returns the kernel's name of the function, "0000:00:09.0": in lower case, the
// domain with at least four digits.
func (a Address) String() string {
	return string(a.append(make([]byte, 0, 16)))
}

// Short returns the address as people write it, "00:09.0": without the domain if that
// is 0.
func (a Address) Short() string {
	if a.Domain != 0 {
		return a.String()
	}
	return string(a.appendBusSlotFunction(make([]byte, 0, 8)))
}

// SlotString returns the address without its function, "0000:00:09": the form of
// /sys/bus/pci/slots/*/address, and of a Selector for all functions of a slot.
func (a Address) SlotString() string {
	name := a.String()
	return name[:len(name)-len(".0")]
}

// SameSlot reports whether both are functions of one slot, that is, of one card or one
// integrated device.
func (a Address) SameSlot(b Address) bool {
	return a.slot() == b.slot()
}

// slot is the address of the first function in the same slot.
func (a Address) slot() Address {
	a.Function = 0
	return a
}

// Valid reports whether the kernel can name the address.
func (a Address) Valid() bool {
	return a.Slot <= MaxSlot && a.Function <= MaxFunction
}

// Compare orders addresses by domain, bus, slot and function, as lspci sorts them. It
// returns -1, 0 or 1.
func (a Address) Compare(b Address) int {
	return cmp.Or(
		cmp.Compare(a.Domain, b.Domain),
		cmp.Compare(a.Bus, b.Bus),
		cmp.Compare(a.Slot, b.Slot),
		cmp.Compare(a.Function, b.Function),
	)
}

// MarshalText returns String, so that JSON documents have the kernel's name, also as the
// key of an object. It is an error if the address is not Valid.
func (a Address) MarshalText() ([]byte, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("PCI address %s: slot is at most %x and function at most %d", a, MaxSlot, MaxFunction)
	}
	return a.append(nil), nil
}

// UnmarshalText reads what ParseAddress reads. The error is an *AddressError.
func (a *Address) UnmarshalText(text []byte) error {
	parsed, err := ParseAddress(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

func (a Address) append(b []byte) []byte {
	if a.Domain > 0xffff {
		b = strconv.AppendUint(b, uint64(a.Domain), 16)
	} else {
		b = appendHex(b, a.Domain, 4)
	}
	return a.appendBusSlotFunction(append(b, ':'))
}

func (a Address) appendBusSlotFunction(b []byte) []byte {
	b = appendHex(b, uint32(a.Bus), 2)
	b = appendHex(append(b, ':'), uint32(a.Slot), 2)
	return strconv.AppendUint(append(b, '.'), uint64(a.Function), 10)
}

func appendHex(b []byte, value uint32, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[value>>shift&0xf])
	}
	return b
}
