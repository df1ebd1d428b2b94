package pci

import "slices"

// lastOwnRegion is the number of the last region of a function itself, the
// expansion ROM. Those of virtual functions and the windows of bridges come after
// it (include/linux/pci.h).
const lastOwnRegion = 6

// unassigned are the flags of a region without an address: IORESOURCE_DISABLED
// and IORESOURCE_UNSET (include/linux/ioport.h).
const unassigned = 0x1000_0000 | 0x2000_0000

// Memory returns the regions of the function's own memory that have an address:
// no I/O ports, and no windows of a bridge. It needs Regions.
func (d Device) Memory() []Region {
	return slices.DeleteFunc(slices.Clone(d.Regions), func(r Region) bool {
		return r.IO() || r.Number > lastOwnRegion || r.Start == 0 || r.Flags&unassigned != 0
	})
}
