// Package fit finds out which guests could be given a PCI function, and what their
// administrator should know of it: whether it can be reset, whether there is an
// IOMMU, which memory the firmware reserves for it, and what it shares with others.
//
// Package usage finds out what dom0 needs.
package fit

import (
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Code identifies the kind of a hint, or the reason against a kind of guest, for
// programs: letters, digits and '_'. Codes do not change; the sentences do.
type Code string

// The codes.
const (
	CardBusBridge   Code = "cardbus_bridge"          // pciback does not take it
	PCIBridge       Code = "pci_bridge"              // no guest can use it
	Platform        Code = "platform"                // the machine itself is made of it
	Domain          Code = "pci_domain"              // Xen has no name for its PCI domain
	NoPciback       Code = "no_pciback"              // this kernel has no pciback
	NoFrontend      Code = "no_frontend"             // this kind of guest cannot see PCI devices
	NoAnswer        Code = "no_answer"               // it does not answer
	NoReset         Code = "no_reset"                // it cannot be reset
	ResetShared     Code = "reset_shared"            // it can be reset only together with others
	NoIOMMU         Code = "no_iommu"                // the machine has none
	IOMMUUnknown    Code = "iommu_unknown"           // it cannot be read whether it has one
	Reserved        Code = "reserved_memory"         // the firmware reserves memory for it
	ReservedUnknown Code = "reserved_memory_unknown" // that cannot be read
	LegacyInterrupt Code = "legacy_interrupt"        // dom0 is PVH, and its interrupts have to be connected after it was hidden
	NoInterrupts    Code = "no_interrupts"           // dom0 is PVH, and this kind of guest gets no interrupts from it
	SharedPage      Code = "shared_page"             // part of it is in one page of memory with another function
	LowMemory       Code = "low_memory"              // the firmware reserves memory where a PV guest's kernel lies
	SaveEndsGuest   Code = "save_ends_guest"         // a guest has it, and may not survive xl save
)

// Hint is something that the administrator of a guest should know of a function
// before the guest gets it.
type Hint struct {
	Device  pci.Address
	Code    Code
	Related []pci.Address // other functions that the reason is about
	Reason  string        // one sentence
	Advice  string        // what to do about it; may be empty
}

// Silent returns the hint about a function that does not answer.
func Silent(a pci.Address) Hint {
	return Hint{Device: a, Code: NoAnswer, Reason: "it does not answer: its configuration space reads as ff",
		Advice: "check its power and its slot; it may be broken"}
}

// Held returns the hint about a function that a guest has: libxl saves a guest without a look at
// its devices, and Linux as a PV guest does not survive that (docs/kernel.md). guest is its name or
// its number.
func Held(a pci.Address, guest string) Hint {
	return Hint{Device: a, Code: SaveEndsGuest, Reason: "'xl save' does not refuse a guest that has a device, and a PV guest that is restored from that hangs; 'xl migrate' fails, and the guest runs on",
		Advice: "detach it first: 'xl pci-detach " + guest + " " + a.String() + "'"}
}

// Machine is what was found out. It never changes and may be shared between
// goroutines.
type Machine struct {
	iommu   IOMMU
	general []Hint // about every function
	own     map[pci.Address][]Hint
	guests  map[pci.Address][]Guest
}

// Reads is what Scan needs of each PCI function.
const Reads = pci.WithDriver | pci.WithParent | pci.WithFunctions | pci.WithReset | pci.WithRegions

// Scan reads the machine below root. devices are all its PCI functions, read with
// Reads. It returns no error: what cannot be read becomes a hint.
func Scan(root string, devices []pci.Device) *Machine {
	s := newScan(sysfs.New(root), devices)
	s.bridges()
	s.resets()
	functions := s.interrupts()
	iommu, reserved := s.readIOMMU()
	low, found := s.reservedLow()
	if found {
		s.hintAll(lowHint(low))
	}
	guests := s.decide(iommu, reserved, found, functions)
	s.sharedPages()
	return &Machine{iommu: iommu, general: s.general, own: s.own, guests: guests}
}

// Hints returns what there is to know of the function a.
func (m *Machine) Hints(a pci.Address) []Hint {
	var hints []Hint
	for _, h := range m.general {
		h.Device = a
		hints = append(hints, h)
	}
	return append(hints, m.own[a]...)
}

// scan is one reading of the machine.
type scan struct {
	fsys    sysfs.FS
	devices []pci.Device
	known   map[pci.Address]pci.Device
	general []Hint
	own     map[pci.Address][]Hint
	pvh     bool // dom0 is PVH
}

func newScan(fsys sysfs.FS, devices []pci.Device) *scan {
	s := &scan{fsys: fsys, devices: devices, known: make(map[pci.Address]pci.Device, len(devices)), own: make(map[pci.Address][]Hint), pvh: hypervisor.PVH(fsys)}
	for _, d := range devices {
		s.known[d.Address] = d
	}
	return s
}

// hint adds a hint about one function.
func (s *scan) hint(h Hint) { s.own[h.Device] = append(s.own[h.Device], h) }

// hintAll adds a hint about every function.
func (s *scan) hintAll(h Hint) { s.general = append(s.general, h) }

func (s *scan) classOf(a pci.Address) pci.Class { return s.known[a].Class }
