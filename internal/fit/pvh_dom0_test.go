package fit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestInPVHDom0(t *testing.T) {
	const (
		silent  = "a PV guest gets no interrupts from this device, since dom0 is PVH"
		danger  = "; if it has MSI and a PV guest turns that on, dom0's kernel hits a BUG (xen_pirq_from_irq): dom0 panics at once if kernel.panic_on_oops is 1, and otherwise hangs when it shuts down"
		useless = "no guest gets interrupts from it, since dom0 is PVH and it has no legacy interrupt"
		toHVM   = `give it to an HVM guest (type = "hvm"), or start Xen without dom0=pvh`
		toLinux = `give it to an HVM guest (type = "hvm") that does not use its MSI (for Linux: pci=nomsi on the guest kernel's command line), or start Xen without dom0=pvh`
	)
	noPV := Guest{Kind: "PV", Code: NoInterrupts, Reason: "it gets no interrupts in a PVH dom0"}
	hvm := func(condition string) Guest { return Guest{Kind: "HVM", Can: true, Condition: condition} }
	const nomsi = "pci=nomsi on the guest kernel's command line"
	for _, test := range []struct {
		name  string
		f     irq.Function
		class pci.Class
		hint  Hint
		want  []Guest
	}{
		{"a line", irq.Function{Pin: true}, 0x020000, Hint{Reason: silent, Advice: toHVM}, []Guest{noPV, hvm(""), pvh}},
		{"a line and MSI", irq.Function{Pin: true, Messages: true}, 0x020000, Hint{Reason: silent + danger, Advice: toLinux}, []Guest{noPV, hvm(nomsi), pvh}},
		{"its driver uses MSI", irq.Function{Pin: true, Sends: true}, 0x020000, Hint{Reason: silent + danger, Advice: toLinux}, []Guest{noPV, hvm(nomsi), pvh}},
		{"a graphics card", irq.Function{Pin: true, Messages: true}, 0x030000, Hint{Reason: silent + danger, Advice: toLinux}, []Guest{noPV, hvm("gfx_passthru=1 to boot on this screen, " + nomsi), pvh}},
		{"a virtual function: MSI alone", irq.Function{Messages: true}, 0x020000, Hint{Reason: useless + danger, Advice: "start Xen without dom0=pvh"}, NoGuest(NoInterrupts, useless)},
		{"no interrupt", irq.Function{}, 0x020000, Hint{Reason: silent, Advice: toHVM}, []Guest{noPV, hvm(""), pvh}},
	} {
		t.Run(test.name, func(t *testing.T) {
			card := pci.Device{Address: pci.Address{Bus: 4}, Class: test.class}
			s := newScan(sysfs.New(t.TempDir()), []pci.Device{card})
			got := s.inPVHDom0(card.Address, test.f, s.kinds(card, IOMMUPresent, reservedNone, false))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			test.hint.Device, test.hint.Code = card.Address, NoInterrupts
			if diff := cmp.Diff([]Hint{test.hint}, s.own[card.Address]); diff != "" {
				t.Error(diff)
			}
		})
	}
}
