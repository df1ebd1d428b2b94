package fit

import (
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/irq"
)

// interrupts notes the functions that have only a legacy interrupt, if dom0 is PVH: after a
// function was hidden, Xen delivers its interrupt by itself only if a driver of dom0 had requested
// it before (internal/engine/interrupt.go).
func (s *scan) interrupts() {
	if !hypervisor.PVH(s.fsys) {
		return
	}
	for _, d := range s.devices {
		if f, err := irq.Read(s.fsys, d.Address); err == nil && f.Legacy() {
			s.hint(Hint{
				Device: d.Address, Code: LegacyInterrupt,
				Reason: "dom0 is PVH, and it has a legacy interrupt and no MSI: after it was hidden, dom0 gets no interrupts from it until Xen is told to connect them",
				Advice: "give it back with 'xenpci unhide', not with xl; if xenpcid does not run, run that again when its driver uses it",
			})
		}
	}
}
