package fit

import (
	"slices"

	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
)

const (
	acpiTables = "/sys/firmware/acpi/tables"
	deviceTree = "/sys/firmware/devicetree"
)

// dmarNames are the names of the table DMAR, which describes Intel's IOMMUs. Xen
// reverses its signature before dom0 starts (acpi_dmar_zap in
// xen/drivers/passthrough/vtd/dmar.c), so that dom0 does not drive them; early
// versions wrote an X over its first letter.
var dmarNames = []string{"DMAR", "RMAD", "XMAR"}

// ivrs is the table of AMD's IOMMUs. Xen leaves it its name.
const ivrs = "IVRS"

// IOMMU is whether a machine has an IOMMU, by which Xen keeps guests apart.
type IOMMU uint8

// The answers. IOMMUUndecided is also the one for Arm.
const (
	IOMMUUndecided IOMMU = iota
	IOMMUAbsent
	IOMMUPresent
)

// IOMMU returns whether the machine has one, and what there is to know of that; the hint is
// empty if there is nothing.
func (m *Machine) IOMMU() (IOMMU, Hint) {
	for _, h := range m.general {
		if h.Code == NoIOMMU || h.Code == IOMMUUnknown {
			return m.iommu, h
		}
	}
	return m.iommu, Hint{}
}

// readIOMMU finds out whether there is an IOMMU, by which Xen keeps guests apart,
// and which memory the firmware reserves for functions.
func (s *scan) readIOMMU() (IOMMU, reservations) {
	if s.pvh {
		return IOMMUPresent, reservations{} // Xen starts no such dom0 without one, and shows it no tables
	}
	tables, err := s.fsys.List(acpiTables)
	switch {
	case sysfs.IsNotExist(err) && s.fsys.Exists(deviceTree):
		return IOMMUUndecided, reservations{}
	case err != nil:
		s.hintAll(Hint{Code: IOMMUUnknown, Reason: "cannot tell whether there is an IOMMU: " + err.Error()})
		return IOMMUUndecided, reservations{}
	}
	if i := slices.IndexFunc(tables, func(name string) bool { return slices.Contains(dmarNames, name) }); i >= 0 {
		return IOMMUPresent, s.readRMRRs(acpiTables + "/" + tables[i])
	}
	if slices.Contains(tables, ivrs) {
		return IOMMUPresent, s.readIVMDs(acpiTables + "/" + ivrs)
	}
	if !hypervisor.Runs(s.fsys) {
		s.hintAll(Hint{Code: IOMMUUnknown, Reason: "it is not known if there is an IOMMU, since Xen is not running"})
		return IOMMUUndecided, reservations{}
	}
	s.hintAll(s.noIOMMU())
	return IOMMUAbsent, reservations{}
}

// noIOMMU is what it means for guests that there is none.
func (s *scan) noIOMMU() Hint {
	h := Hint{
		Code:   NoIOMMU,
		Reason: "no IOMMU: only a PV guest can have this device, and can reach all memory of this machine through it",
		Advice: "turn on VT-d or AMD-Vi in the firmware",
	}
	if s.refusesWithoutIOMMU() {
		h.Reason = "no IOMMU: xl (Xen 4.13 and later) refuses to start a guest with this device"
	}
	return h
}
