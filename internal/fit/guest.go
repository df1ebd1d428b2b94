package fit

import (
	"strings"

	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/internal/usage/platform"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Guest is a kind of guest, and whether it could be given a function.
type Guest struct {
	Kind      string // "PV", "HVM" or "PVH"
	Can       bool
	Code      Code   // why it cannot, for programs; "" where it can
	Reason    string // why it cannot
	Condition string // where it can: what that takes, "rdm_policy=relaxed"
}

// The kinds of guest on x86 (xl.cfg(5), type=).
const (
	PV  = "PV"
	HVM = "HVM"
	PVH = "PVH"
)

// pvh cannot be given a device: libxl says "passthrough not yet supported for x86 PVH guests"
// (libxl__arch_passthrough_mode_setdefault in tools/libs/light/libxl_x86.c). It attaches
// one through qemu to an HVM guest (do_pci_add in tools/libs/light/libxl_pci.c), and to
// the others through pciback, whose frontend starts in PV guests only (pcifront_init in
// drivers/pci/xen-pcifront.c).
var pvh = Guest{Kind: PVH, Code: NoFrontend, Reason: "it has neither qemu nor pcifront, through which guests see PCI devices"}

// noIOMMU is why there is no such guest without an IOMMU. HVM:
// xc_test_assign_device in libxl__device_pci_add. All kinds:
// libxl__domain_config_setdefault in libxl_create.c requires one for a guest that
// has devices, since Xen 4.13.
const noIOMMU = "there is no IOMMU"

// relaxed is the setting of a guest that allows memory which the firmware reserves.
const relaxed = "rdm_policy=relaxed"

// attached is the condition for a PV guest that cannot start with a device. Without that setting
// Xen refuses to attach a device to the guest.
const attached = `attached when it runs, with passthrough="enabled" in its configuration`

// NoGuest returns that no kind of guest can be given a function.
func NoGuest(code Code, reason string) []Guest {
	return []Guest{
		{Kind: PV, Code: code, Reason: reason},
		{Kind: HVM, Code: code, Reason: reason},
		{Kind: PVH, Code: code, Reason: reason},
	}
}

// Guests returns which kinds of guest could be given the function a; nil where
// that is not known: on Arm, and where it cannot be read whether there is an
// IOMMU, unless no guest could be given it in any case.
func (m *Machine) Guests(a pci.Address) []Guest { return m.guests[a] }

// decide decides which kinds of guest could be given each function. That a
// function cannot be reset, or shares a page, keeps no guest from starting: libxl
// goes on when a reset fails, and gives whole pages.
//
// low is whether the firmware reserves memory where a PV guest's kernel lies. functions are how the
// functions interrupt, if dom0 is PVH.
func (s *scan) decide(i IOMMU, r reservations, low bool, functions map[pci.Address]irq.Function) map[pci.Address][]Guest {
	guests := make(map[pci.Address][]Guest, len(s.devices))
	for _, d := range s.devices {
		if code, reason := s.forNoGuest(d); reason != "" {
			guests[d.Address] = NoGuest(code, reason)
		} else if i != IOMMUUndecided {
			guests[d.Address] = s.kinds(d, i, r.of[d.Address], low)
			if f, ofPVH := functions[d.Address]; ofPVH {
				guests[d.Address] = s.inPVHDom0(d.Address, f, guests[d.Address])
			}
		}
	}
	return guests
}

// lastDomain is the highest PCI domain that Xen's interface can name: 16 bits
// (struct physdev_pci_device in xen/include/public/physdev.h).
const lastDomain = 0xffff

// forNoGuest returns why no guest of any kind can be given a function; "" where
// one can.
func (s *scan) forNoGuest(d pci.Device) (Code, string) {
	switch {
	case d.Address.Domain > lastDomain:
		return Domain, "Xen has no name for a device in a domain above ffff"
	case d.Class.Is(pci.ClassCardBusBridge): // pcistub_probe in drivers/xen/xen-pciback/pci_stub.c
		return CardBusBridge, "pciback does not take CardBus bridges"
	case isPCIBridge(d):
		// qemu gives all devices the header of an ordinary one
		// (xen_pt_header_type_reg_init), and pciback lets no guest set windows
		// and bus numbers (conf_space_header.c).
		return PCIBridge, "guests are shown no bridges"
	case platform.Part(d, s.classOf) != "":
		return Platform, "it is a part of this machine itself"
	}
	return "", ""
}

func isPCIBridge(d pci.Device) bool {
	return d.Class.Is(pci.ClassPCIBridge) || d.Class.Is(pci.ClassSemiTransparent)
}

// kinds decides on a function that guests can be given.
func (s *scan) kinds(d pci.Device, i IOMMU, reserved reservation, low bool) []Guest {
	pv, hvm := Guest{Kind: PV, Can: true}, Guest{Kind: HVM, Can: true}
	if i == IOMMUAbsent {
		if s.refusesWithoutIOMMU() {
			return NoGuest(NoIOMMU, noIOMMU)
		}
		pv.Condition = "unsafe, since there is no IOMMU"
		return []Guest{pv, {Kind: HVM, Code: NoIOMMU, Reason: noIOMMU}, pvh}
	}
	switch reserved {
	case reservedShared:
		pv.Condition, hvm.Condition = relaxed, relaxed
	case reservedAlone:
		hvm.Condition = relaxed + " where that overlaps the guest's memory"
	}
	if low {
		pv.Condition = and(pv.Condition, attached)
	}
	if d.Class.Is(pci.ClassVGA) { // xl.cfg(5): without it the guest's firmware shows nothing on it
		hvm.Condition = and(hvm.Condition, "gfx_passthru=1 to boot on this screen")
	}
	return []Guest{pv, hvm, pvh}
}

// and adds a condition to others; "" is none.
func and(others, condition string) string { return strings.TrimPrefix(others+", "+condition, ", ") }

// refusesWithoutIOMMU reports whether xl starts no guest with a device where there
// is no IOMMU. A Xen that does not show its version is taken for a recent one.
func (s *scan) refusesWithoutIOMMU() bool {
	v, known := hypervisor.ReadVersion(s.fsys)
	return !known || v.AtLeast(4, 13)
}
