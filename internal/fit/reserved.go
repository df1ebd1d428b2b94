package fit

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// maxTable is how much of an ACPI table is read, in bytes. A DMAR has a few
// hundred.
const maxTable = 256 << 10

// reservation is what memory that the firmware reserves for a function means to a
// guest.
type reservation uint8

const (
	reservedNone   reservation = iota
	reservedAlone              // it must not overlap the memory of an HVM guest
	reservedShared             // several functions share it, so that Xen assigns none of them without rdm_policy=relaxed
)

// reservations is what the firmware reserves, for each function.
type reservations struct {
	of map[pci.Address]reservation
}

// readRMRRs finds the functions with RMRRs.
func (s *scan) readRMRRs(name string) reservations {
	table, err := s.fsys.Read(name, maxTable)
	var all []reserved
	if err == nil {
		if all, err = parseDMAR(table); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	if err != nil {
		s.reservedUnknown("RMRR", err)
		return reservations{}
	}
	secondary := make(map[pci.Address]uint8)
	for _, d := range s.devices {
		if d.Parent != nil {
			secondary[*d.Parent] = d.Address.Bus
		}
	}
	regions := make(map[pci.Address][]reserved)
	sharers := make(map[pci.Address][]pci.Address)
	for _, r := range all {
		functions := s.meant(r, secondary)
		for _, a := range functions {
			regions[a] = append(regions[a], r)
			for _, b := range functions {
				if b != a && !slices.Contains(sharers[a], b) {
					sharers[a] = append(sharers[a], b)
				}
			}
		}
	}
	return s.reserve("RMRR", regions, sharers)
}

// readIVMDs finds the functions with IVMDs. Unlike RMRRs, Xen assigns a function
// whose IVMD is shared (amd_iommu_assign_device in
// xen/drivers/passthrough/amd/pci_amd_iommu.c).
func (s *scan) readIVMDs(name string) reservations {
	table, err := s.fsys.Read(name, maxTable)
	var all []ivmd
	if err == nil {
		if all, err = parseIVRS(table); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	if err != nil {
		s.reservedUnknown("IVMD", err)
		return reservations{}
	}
	regions := make(map[pci.Address][]reserved)
	for _, d := range s.devices {
		for _, m := range all {
			if m.of(d.Address) {
				regions[d.Address] = append(regions[d.Address], reserved{start: m.start, end: m.end})
			}
		}
	}
	return s.reserve("IVMD", regions, nil)
}

func (s *scan) reservedUnknown(kind string, err error) {
	s.hintAll(Hint{Code: ReservedUnknown, Reason: "cannot tell for which functions the firmware reserves memory (" + kind + "): " + err.Error()})
}

// reserve adds the hints about reserved memory. sharers are the functions that
// share it with another one.
func (s *scan) reserve(kind string, regions map[pci.Address][]reserved, sharers map[pci.Address][]pci.Address) reservations {
	r := reservations{of: make(map[pci.Address]reservation)}
	for _, d := range s.devices {
		own := regions[d.Address]
		if len(own) == 0 {
			continue
		}
		r.of[d.Address] = reservedAlone
		if len(sharers[d.Address]) > 0 {
			r.of[d.Address] = reservedShared
		}
		s.hint(reservedHint(d.Address, kind, own, sharers[d.Address]))
	}
	return r
}

// reservedHint is what RMRRs or IVMDs do to a guest's start
// (intel_iommu_assign_device in xen/drivers/passthrough/vtd/iommu.c,
// libxl__domain_device_construct_rdm in tools/libs/light/libxl_dm.c).
func reservedHint(a pci.Address, kind string, regions []reserved, sharers []pci.Address) Hint {
	text := fmt.Sprintf("the firmware reserves memory for it (%s %#x-%#x", kind, regions[0].start, regions[0].end)
	if len(regions) > 1 {
		text += fmt.Sprintf(" and %d more", len(regions)-1)
	}
	h := Hint{Device: a, Code: Reserved, Related: sharers, Advice: "set rdm_policy=relaxed for the guest"}
	if len(sharers) > 0 {
		h.Reason = text + "), shared with " + prose.List(sharers) + ": a guest does not start with it unless rdm_policy=relaxed is set"
	} else {
		h.Reason = text + "): where that overlaps the guest's own memory, the guest does not start unless rdm_policy=relaxed is set"
	}
	return h
}

// meant returns those existing functions that an RMRR is for, in order. secondary
// is the bus behind each bridge.
func (s *scan) meant(r reserved, secondary map[pci.Address]uint8) []pci.Address {
	var functions []pci.Address
	for _, sc := range r.scopes {
		a, ok := sc.find(secondary)
		if _, exists := s.known[a]; !ok || !exists {
			continue
		}
		functions = append(functions, a)
		if !sc.bridge {
			continue
		}
		for _, d := range s.devices {
			if slices.Contains(d.Above, a) {
				functions = append(functions, d.Address)
			}
		}
	}
	slices.SortFunc(functions, pci.Address.Compare)
	return slices.Compact(functions)
}
