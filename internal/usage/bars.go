package usage

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// pageShift makes a page number of an address: Xen maps memory to guests in
// pages of 4 KiB.
const pageShift = 12

// lastRegion is the number of a function's own last region, the expansion ROM.
// After it come those of virtual functions and the windows of bridges
// (include/linux/pci.h).
const lastRegion = 6

// unassigned are the flags of a region without an address: IORESOURCE_DISABLED
// and IORESOURCE_UNSET (include/linux/ioport.h).
const unassigned = 0x1000_0000 | 0x2000_0000

// memoryRegions are the regions of a function's own memory that have an
// address.
func memoryRegions(d pci.Device) []pci.Region {
	return slices.DeleteFunc(slices.Clone(d.Regions), func(r pci.Region) bool {
		return r.IO() || r.Number > lastRegion || r.Start == 0 || r.Flags&unassigned != 0
	})
}

// sharedPages finds functions of which a part is in one page of memory with a
// part of another: a guest with the one reaches both.
func sharedPages(s *scan) {
	tenants := make(map[uint64][]pci.Address)
	for _, d := range s.devices {
		for _, page := range brokenPages(d) {
			tenants[page] = append(tenants[page], d.Address)
		}
	}
	for _, d := range s.devices {
		var others []pci.Address
		shared := uint64(0)
		for _, page := range brokenPages(d) {
			for _, a := range tenants[page] {
				if a != d.Address && !slices.Contains(others, a) {
					others = append(others, a)
					shared = page
				}
			}
		}
		if len(others) > 0 {
			s.hint(d.Address, fmt.Sprintf("it shares the 4 KiB page of memory at %#x with %s: a guest that has one reaches the other", shared<<pageShift, list(others)))
		}
	}
}

// brokenPages are the pages that a function fills in part only, each once.
func brokenPages(d pci.Device) []uint64 {
	var pages []uint64
	add := func(page uint64) {
		if !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	const inPage = 1<<pageShift - 1
	for _, r := range memoryRegions(d) {
		if r.Start&inPage != 0 {
			add(r.Start >> pageShift)
		}
		if r.End&inPage != inPage {
			add(r.End >> pageShift)
		}
	}
	return pages
}
