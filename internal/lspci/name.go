package lspci

import (
	"github.com/xenpci/xenpci/pkg/pci"
)

// IDs is how devices are named.
type IDs uint8

// The three ways of lspci.
const (
	ByName    IDs = iota // names, or IDs if there is no name
	Numeric              // -n: only IDs
	NameAndID            // -nn: both
)

// Names looks up names in pci.ids; pci.Names implements it. ok is false if there is no
// name.
type Names interface {
	Vendor(vendor uint16) (name string, ok bool)
	Device(vendor, device uint16) (name string, ok bool)
	Subsystem(vendor, device, subVendor, subDevice uint16) (name string, ok bool)
	Base(pci.Class) (name string, ok bool)
	Subclass(pci.Class) (name string, ok bool)
}

// nameLimit is the length of the longest formatted name, in bytes: lspci's buffer has 256
// with the NUL. lspci 3.9 and older truncate classes and devices at 127, and subsystems at
// 255.
const nameLimit = 255

// formatter combines names and IDs like format_name and format_name_pair in lib/names.c
// of pciutils. It caches the result for further devices with the same IDs.
type formatter struct {
	names Names
	ids   IDs
	limit int

	classes map[pci.Class]string
	pairs   map[uint32]string // by vendor and device
}

func newFormatter(o Options) formatter {
	f := formatter{
		names: o.Names, ids: o.IDs, limit: o.limit,
		classes: make(map[pci.Class]string), pairs: make(map[uint32]string),
	}
	if f.names == nil || f.ids == Numeric {
		f.names = (*pci.Names)(nil)
	}
	if f.limit == 0 {
		f.limit = nameLimit
	}
	return f
}

// class formats a device class. If the subclass has no name, it uses the name of the base
// class and the number.
func (f formatter) class(c pci.Class) string {
	text, made := f.classes[c]
	if !made {
		text = cut(f.formatClass(c), f.limit)
		f.classes[c] = text
	}
	return text
}

func (f formatter) formatClass(c pci.Class) string {
	number, ids := c.String(), f.ids
	if ids == Numeric {
		return number
	}
	name, ok := f.names.Subclass(c)
	if !ok {
		if name, ok = f.names.Base(c); ok {
			ids = NameAndID
		}
	}
	switch {
	case !ok && ids == ByName:
		return "Class " + number
	case !ok:
		return "Class [" + number + "]"
	case ids == NameAndID:
		return name + " [" + number + "]"
	default:
		return name
	}
}

// pair formats vendor and device as one name.
func (f formatter) pair(vendor, device uint16) string {
	key := uint32(vendor)<<16 | uint32(device)
	text, made := f.pairs[key]
	if !made {
		v, okVendor := f.names.Vendor(vendor)
		d, okDevice := f.names.Device(vendor, device)
		text = cut(f.join(v, okVendor, d, okDevice, vendor, device), f.limit)
		f.pairs[key] = text
	}
	return text
}

// subsystem formats the subsystem IDs, which the card's maker assigns.
func (f formatter) subsystem(vendor, device, subVendor, subDevice uint16) string {
	v, okVendor := f.names.Vendor(subVendor)
	d, okDevice := f.names.Subsystem(vendor, device, subVendor, subDevice)
	return cut(f.join(v, okVendor, d, okDevice, subVendor, subDevice), nameLimit)
}

func (f formatter) join(v string, okVendor bool, d string, okDevice bool, vendor, device uint16) string {
	id := hex4(vendor) + ":" + hex4(device)
	if f.ids == Numeric {
		return id
	}
	name, number := v+" "+d, id
	switch {
	case !okVendor:
		name = "Device"
	case !okDevice:
		name, number = v+" Device", hex4(device)
	case f.ids == ByName:
		return name
	}
	if f.ids == NameAndID {
		return name + " [" + id + "]"
	}
	return name + " " + number
}

const hexDigits = "0123456789abcdef"

func hex2(n uint8) string { return string([]byte{hexDigits[n>>4], hexDigits[n&0xf]}) }

func hex4(n uint16) string { return hex2(uint8(n>>8)) + hex2(uint8(n)) }

// cut shortens a text that is too long, and ends it with three dots.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:limit-len("...")] + "..."
}
