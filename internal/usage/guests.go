package usage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// GuestKind is a kind of guest, and whether it could be given a function.
type GuestKind struct {
	Kind      string // "PV", "HVM" or "PVH"
	Can       bool
	Reason    string // why it cannot
	Condition string // what its configuration needs, where it can: "rdm_policy=relaxed"
}

// The kinds of guest on x86 (xl.cfg(5), type=).
const (
	kindPV  = "PV"
	kindHVM = "HVM"
	kindPVH = "PVH"
)

// libxl attaches a device by qemu to an HVM guest (do_pci_add in
// tools/libs/light/libxl_pci.c), and to the others by pciback, whose frontend
// starts in PV guests alone (pcifront_init in drivers/pci/xen-pcifront.c).
const whyNotPVH = "it has neither qemu nor pcifront, by which guests see PCI devices"

// Why there is no such guest without an IOMMU. HVM: xc_test_assign_device in
// libxl__device_pci_add. All: libxl__domain_config_setdefault in libxl_create.c
// wants one for whatever guest has devices, since Xen 4.13.
const (
	withoutIOMMU = "there is no IOMMU"
	unsafePV     = "unsafe, since there is no IOMMU"
)

// NoGuests says of all kinds of guest that they cannot be given a function.
func NoGuests(reason string) []GuestKind {
	return []GuestKind{{Kind: kindPV, Reason: reason}, {Kind: kindHVM, Reason: reason}, {Kind: kindPVH, Reason: reason}}
}

// Guests says which kinds of guest could be given the function a, for each kind;
// nil where that is not known: on Arm, and where nobody can see whether there is
// an IOMMU.
func (g *Graph) Guests(a pci.Address) []GuestKind { return g.guests[a] }

// iommu is whether Xen can keep guests apart.
type iommu uint8

const (
	iommuUnknown iommu = iota
	iommuAbsent
	iommuPresent
)

// guestKinds decides which kinds of guest could be given each function. It comes
// after hypervisor. That a function cannot be reset, or shares a page, keeps no
// guest from starting: libxl goes on when a reset fails, and gives whole pages.
func guestKinds(s *scan) {
	if s.iommu == iommuUnknown {
		return
	}
	known := make(map[pci.Address]pci.Device, len(s.devices))
	for _, d := range s.devices {
		known[d.Address] = d
	}
	s.guests = make(map[pci.Address][]GuestKind, len(s.devices))
	for _, d := range s.devices {
		if reason := forNoGuest(d, known); reason != "" {
			s.guests[d.Address] = NoGuests(reason)
		} else {
			s.guests[d.Address] = s.kinds(d)
		}
	}
}

// lastDomain is the highest PCI domain that Xen's interface can name: 16 bits
// (struct physdev_pci_device in xen/include/public/physdev.h).
const lastDomain = 0xffff

// forNoGuest is why no guest of any kind can be given a function; "" where one
// can.
func forNoGuest(d pci.Device, known map[pci.Address]pci.Device) string {
	switch class := d.Class >> 8; {
	case d.Address.Domain > lastDomain:
		return "Xen has no name for a device of a domain above ffff"
	case class == cardBusBridge: // pcistub_probe in drivers/xen/xen-pciback/pci_stub.c
		return "pciback takes no CardBus bridge"
	case class == pciBridge || class == semiBridge:
		// qemu gives all devices the header of an ordinary one
		// (xen_pt_header_type_reg_init), and pciback lets no guest set windows
		// and bus numbers (conf_space_header.c).
		return "guests are shown no bridges"
	case piece(d, known) != "":
		return "it is a part of this machine itself"
	}
	return ""
}

// kinds decides on a function that guests can be given.
func (s *scan) kinds(d pci.Device) []GuestKind {
	pv, hvm := GuestKind{Kind: kindPV, Can: true}, GuestKind{Kind: kindHVM, Can: true}
	pvh := GuestKind{Kind: kindPVH, Reason: whyNotPVH}
	if s.iommu == iommuAbsent {
		if s.refusesWithoutIOMMU() {
			return NoGuests(withoutIOMMU)
		}
		pv.Condition = unsafePV
		return []GuestKind{pv, {Kind: kindHVM, Reason: withoutIOMMU}, pvh}
	}
	const relaxed = "rdm_policy=relaxed"
	switch s.memory[d.Address] {
	case memoryShared:
		pv.Condition, hvm.Condition = relaxed, relaxed
	case memoryKept:
		hvm.Condition = relaxed + " where that is in the way of its memory"
	}
	if d.Class>>8 == vgaCard { // xl.cfg(5): else the guest's firmware has no picture by it
		hvm.Condition = strings.TrimPrefix(hvm.Condition+", gfx_passthru=1 where it is to boot on this screen", ", ")
	}
	return []GuestKind{pv, hvm, pvh}
}

// vgaCard is the class of VGA controllers (PCI_CLASS_DISPLAY_VGA).
const vgaCard = 0x0300

// refusesWithoutIOMMU says whether xl starts no guest with a device where there
// is no IOMMU. A Xen that does not say its version is taken for one of today.
func (s *scan) refusesWithoutIOMMU() bool {
	number := func(name string, otherwise int) int {
		text, _ := s.fsys.Attribute("/sys/hypervisor/version/" + name)
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
		return otherwise
	}
	return slices.Compare([]int{number("major", 4), number("minor", 13)}, []int{4, 13}) >= 0
}

// memory is what the firmware keeps memory for a function by (RMRR, IVMD) means
// to a guest.
type memory uint8

const (
	memoryFree   memory = iota
	memoryKept          // it must not be in the way of an HVM guest's own
	memoryShared        // with other functions, so that Xen gives it to nobody without being told
)
