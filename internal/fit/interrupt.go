package fit

import (
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
)

// silentToPV is why a PV guest of a PVH dom0 cannot use a function that interrupts. libxl maps its
// line to the guest under the first free number (libxl__arch_hvm_map_gsi in
// tools/libs/light/libxl_x86.c), and the guest's kernel binds the number of the line itself
// (xen_pcifront_enable_irq in arch/x86/pci/xen.c of Linux). Messages take a number that only
// a PV dom0 has (xen_pcibk_enable_msi in drivers/xen/xen-pciback/pciback_ops.c).
const silentToPV = "dom0 is PVH: a PV guest gets no interrupts from it"

// lineOnly is the condition for an HVM guest of a PVH dom0: the function's messages do not reach it,
// and its line does (measured, docs/kernel.md).
const lineOnly = "without MSI: pci=nomsi on its kernel's command line"

// interrupts notes what the administrator of a PVH dom0 should know of the functions that
// interrupt. After a function with only a legacy interrupt was hidden, Xen delivers its interrupt
// by itself only if a driver of dom0 had requested it before (internal/engine/interrupt.go).
func (s *scan) interrupts() {
	if !hypervisor.PVH(s.fsys) {
		return
	}
	for _, d := range s.devices {
		f, err := irq.Read(s.fsys, d.Address)
		if err != nil || !f.Interrupts() {
			continue
		}
		s.ofPVH[d.Address] = f
		if f.Legacy() {
			s.hint(Hint{
				Device: d.Address, Code: LegacyInterrupt,
				Reason: "dom0 is PVH, and it has a legacy interrupt and no MSI: after it was hidden, dom0 gets no interrupts from it until Xen is told to connect them",
				Advice: "give it back with 'xenpci unhide', not with xl; if xenpcid does not run, run that again when its driver uses it",
			})
		}
		if _, reason := s.forNoGuest(d); reason == "" {
			s.hint(pvhDom0(d.Address, f))
		}
	}
}

// pvhDom0 is the hint that a function of a PVH dom0 is for no PV guest.
func pvhDom0(a pci.Address, f irq.Function) Hint {
	h := Hint{Device: a, Code: PVHDom0, Reason: silentToPV, Advice: "give it to an HVM guest, or start Xen without dom0=pvh"}
	if !f.Legacy() {
		h.Reason += ", and when the guest turns on MSI, dom0's kernel reports a BUG in pciback: dom0 then hangs when it shuts down, or panics at once if panic_on_oops is set"
		h.Advice = "give it to an HVM guest that has pci=nomsi on its kernel's command line, or start Xen without dom0=pvh"
	}
	return h
}
