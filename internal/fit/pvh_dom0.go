package fit

import (
	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
)

// What guests of a PVH dom0 get of a function's interrupts (measured, docs/kernel.md).
const (
	// libxl maps the line to a guest under the first free number (libxl__arch_hvm_map_gsi in
	// tools/libs/light/libxl_x86.c), and the kernel of a PV guest binds the number of the line
	// itself (xen_pcifront_enable_irq in arch/x86/pci/xen.c). They are the same for line 16 only.
	noInterruptsPV = "it gets no interrupts in a PVH dom0"
	// Xen maps no message of MSI-X before dom0 has prepared the function's table, and refuses that
	// to a PVH dom0 (PHYSDEVOP_prepare_msix in xen/arch/x86/hvm/hypercall.c). Those of MSI do not
	// arrive either.
	withoutMSI = "pci=nomsi on the guest kernel's command line"
	notInPVH   = "no guest gets interrupts from it, since dom0 is PVH and it has no legacy interrupt"

	// What a PV guest that turns on MSI does (pciback_ops.c and drivers/xen/events/events_base.c).
	fatal = "if it has MSI and a PV guest turns that on, dom0's kernel hits a BUG (xen_pirq_from_irq): dom0 panics at once if kernel.panic_on_oops is 1, and otherwise hangs when it shuts down"

	withoutPVH = "start Xen without dom0=pvh"
)

// inPVHDom0 takes a function from the kinds of guest that get no interrupts from it, if dom0 is
// PVH, and notes that.
func (s *scan) inPVHDom0(a pci.Address, f irq.Function, kinds []Guest) []Guest {
	if f.MSI() && !f.Pin {
		s.hint(Hint{Device: a, Code: NoInterrupts, Reason: notInPVH + "; " + fatal, Advice: withoutPVH})
		return NoGuest(NoInterrupts, notInPVH)
	}
	h := Hint{Device: a, Code: NoInterrupts, Reason: "a PV guest gets no interrupts from this device, since dom0 is PVH"}
	h.Advice = `give it to an HVM guest (type = "hvm"), or ` + withoutPVH
	if f.MSI() {
		h.Reason += "; " + fatal
		h.Advice = `give it to an HVM guest (type = "hvm") that does not use its MSI (for Linux: ` + withoutMSI + `), or ` + withoutPVH
	}
	s.hint(h)
	for i, k := range kinds {
		switch {
		case k.Kind == PV:
			kinds[i] = Guest{Kind: PV, Code: NoInterrupts, Reason: noInterruptsPV}
		case k.Kind == HVM && f.MSI():
			kinds[i].Condition = and(k.Condition, withoutMSI)
		}
	}
	return kinds
}
