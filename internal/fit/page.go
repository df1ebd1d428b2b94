package fit

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// pageShift turns an address into a page number: Xen maps memory to guests in pages
// of 4 KiB.
const pageShift = 12

// sharedPages finds functions that have a part in one page of memory with a part of
// another: a guest that has one of them reaches both.
func (s *scan) sharedPages() {
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
			s.hint(Hint{
				Device: d.Address, Code: SharedPage, Related: others,
				Reason: fmt.Sprintf("it shares the 4 KiB page of memory at %#x with %s: a guest that has one of them reaches the other", shared<<pageShift, prose.List(others)),
			})
		}
	}
}

// brokenPages returns the pages that a function fills only in part, each once.
func brokenPages(d pci.Device) []uint64 {
	var pages []uint64
	add := func(page uint64) {
		if !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	const inPage = 1<<pageShift - 1
	for _, r := range d.Memory() {
		if r.Start&inPage != 0 {
			add(r.Start >> pageShift)
		}
		if r.End&inPage != inPage {
			add(r.End >> pageShift)
		}
	}
	return pages
}
