package fit

import (
	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
)

// interrupts returns how the functions interrupt, if dom0 is PVH; otherwise nil. It notes those
// with only a legacy interrupt: after such a function was hidden, Xen delivers its interrupt by
// itself only if a driver of dom0 had requested it before (internal/engine/interrupt.go).
func (s *scan) interrupts() map[pci.Address]irq.Function {
	if !s.pvh {
		return nil
	}
	all := make(map[pci.Address]irq.Function, len(s.devices))
	for _, d := range s.devices {
		f, _ := irq.Read(s.fsys, d.Address) // what cannot be read has no interrupt
		all[d.Address] = f
		if f.Legacy() {
			s.hint(Hint{
				Device: d.Address, Code: LegacyInterrupt,
				Reason: "dom0 is PVH, and it has a legacy interrupt and no MSI: after it was hidden, dom0 gets no interrupts from it until Xen is told to connect them",
				Advice: "give it back with 'xenpci unhide', not with xl; where xenpcid does not run, then have dom0 use the device ('ip link set NAME up' for a network card), and run 'xenpci unhide' for it a second time",
			})
		}
	}
	return all
}
