package usage

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

const (
	acpiTables = "/sys/firmware/acpi/tables"
	deviceTree = "/sys/firmware/devicetree"
)

// maxTable is how much of an ACPI table is read, in bytes. A DMAR has a few
// hundred.
const maxTable = 256 << 10

// dmarNames are the names of the table DMAR, which says where Intel's IOMMUs
// are. Xen turns its signature round before dom0 starts (acpi_dmar_zap in
// xen/drivers/passthrough/vtd/dmar.c), so that dom0 does not drive them; early
// versions wrote an X over its first letter.
var dmarNames = []string{"DMAR", "RMAD", "XMAR"}

// ivrs is the table of AMD's IOMMUs. Xen leaves it its name.
const ivrs = "IVRS"

// serialCard is the class of serial controllers.
const serialCard = 0x0700

// hypervisor knows what Xen has to do with functions: an IOMMU by which guests
// are kept apart, memory that the firmware keeps, and Xen's own console.
func hypervisor(s *scan) {
	kind, _ := s.fsys.Attribute("/sys/hypervisor/type")
	guest, _ := s.fsys.Attribute("/sys/hypervisor/guest_type")
	if kind == "xen" {
		s.ownConsole()
	}
	if guest == "PVH" {
		s.iommu = iommuPresent // Xen starts no such dom0 without one, and shows it no tables
		return
	}
	tables, err := s.fsys.List(acpiTables)
	switch {
	case sysfs.IsNotExist(err) && s.fsys.Exists(deviceTree):
		return
	case err != nil:
		s.hintAll("whether there is an IOMMU cannot be seen: " + err.Error())
		return
	}
	if i := slices.IndexFunc(tables, func(name string) bool { return slices.Contains(dmarNames, name) }); i >= 0 {
		s.iommu = iommuPresent
		s.keptMemory(acpiTables + "/" + tables[i])
	} else if slices.Contains(tables, ivrs) {
		s.iommu = iommuPresent
		s.keptByAMD(acpiTables + "/" + ivrs)
	} else {
		s.iommu = iommuAbsent
		s.hintAll(s.noIOMMU())
	}
}

// noIOMMU says what it means for guests that there is none.
func (s *scan) noIOMMU() string {
	if s.refusesWithoutIOMMU() {
		return withoutIOMMU + ": since Xen 4.13 xl starts no guest with a device then"
	}
	return withoutIOMMU + ": only a PV guest can have it, and reaches all memory of this machine by it"
}

// ownConsole suspects serial cards that dom0 has no driver for: where Xen has
// its console is not to be read anywhere in dom0.
func (s *scan) ownConsole() {
	for _, d := range s.devices {
		if d.Class>>8 == serialCard && d.Driver == "" {
			s.fact(Warn, d.Address, "it is a serial card without a driver: Xen's own console may be on it")
		}
	}
}

// keptMemory finds the functions with RMRRs.
func (s *scan) keptMemory(name string) {
	table, err := s.fsys.Read(name, maxTable)
	var all []reserved
	if err == nil {
		if all, err = parseDMAR(table); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	if err != nil {
		s.hintAll("which functions the firmware keeps memory for (RMRR) cannot be seen: " + err.Error())
		return
	}
	secondary := make(map[pci.Address]uint8)
	for _, d := range s.devices {
		if d.Parent != nil {
			secondary[*d.Parent] = d.Address.Bus
		}
	}
	kept := make(map[pci.Address][]reserved)
	sharers := make(map[pci.Address][]pci.Address)
	for _, r := range all {
		functions := s.meant(r, secondary)
		for _, a := range functions {
			kept[a] = append(kept[a], r)
			for _, b := range functions {
				if b != a && !slices.Contains(sharers[a], b) {
					sharers[a] = append(sharers[a], b)
				}
			}
		}
	}
	s.memory = make(map[pci.Address]memory)
	for _, d := range s.devices {
		if regions := kept[d.Address]; len(regions) > 0 {
			s.hint(d.Address, keptWords("RMRR", regions, sharers[d.Address]))
			s.memory[d.Address] = memoryKept
			if len(sharers[d.Address]) > 0 {
				s.memory[d.Address] = memoryShared
			}
		}
	}
}

// keptWords says what RMRRs or IVMDs do to a guest's start
// (intel_iommu_assign_device in xen/drivers/passthrough/vtd/iommu.c,
// libxl__domain_device_construct_rdm in tools/libs/light/libxl_dm.c).
func keptWords(kind string, regions []reserved, sharers []pci.Address) string {
	text := fmt.Sprintf("the firmware keeps memory for it (%s %#x-%#x", kind, regions[0].start, regions[0].end)
	if len(regions) > 1 {
		text += fmt.Sprintf(" and %d more", len(regions)-1)
	}
	if len(sharers) > 0 {
		return text + "), and the same for " + list(sharers) + ": a guest with it does not start without rdm_policy=relaxed"
	}
	return text + "): where that is in the way of a guest's own memory, the guest does not start without rdm_policy=relaxed"
}

// meant are the functions, of those that exist, that an RMRR is for, in order.
// secondary are the buses behind bridges.
func (s *scan) meant(r reserved, secondary map[pci.Address]uint8) []pci.Address {
	var functions []pci.Address
	for _, sc := range r.scopes {
		a, ok := sc.find(secondary)
		if !ok || s.functions[a] == nil {
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
