package passthrough

import (
	"slices"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// fitness is what guests could do with a device.
type fitness struct {
	iommu  IOMMUPresence
	silent bool // it does not answer
	hints  []fit.Hint
	guests []fit.Guest // nil where that is not known
}

// fitness returns which guests could have a device. The device itself is asked unless it is
// busy: unless a write to it may still wait in the kernel.
//
// libxl gives no device that pciback does not have (libxl_device_pci_assignable_list in
// tools/libs/light/libxl_pci.c).
func (v *View) fitness(m pciback.Module, a pci.Address, busy bool) fitness {
	f := fitness{iommu: v.iommu().Presence, hints: v.fit().Hints(a), guests: v.fit().Guests(a)}
	if !busy {
		answers, err := pci.Answers(v.host.root, a)
		f.silent = err == nil && !answers
	}
	if f.silent {
		f.hints, f.guests = append([]fit.Hint{fit.Silent(a)}, f.hints...), fit.NoGuest(fit.NoAnswer, "it does not answer")
	}
	if m.Presence == pciback.Absent {
		f.guests = fit.NoGuest(fit.NoPciback, "this kernel has no pciback, and xl can assign only devices that pciback has")
	}
	return f
}

// none returns why no guest can have the device; nil where one can, and where that is not
// known.
func (f fitness) none() *Hint {
	if len(f.guests) == 0 || slices.ContainsFunc(f.guests, func(g fit.Guest) bool { return g.Can }) {
		return nil
	}
	none := &Hint{Code: Code(f.guests[0].Code), Reason: f.guests[0].Reason}
	if i := slices.IndexFunc(f.hints, func(h fit.Hint) bool { return h.Code == f.guests[0].Code }); i >= 0 {
		none.Advice = f.hints[i].Advice
	}
	return none
}

// forDom0 returns the hints that are about dom0 too: what a guest does to it.
func (f fitness) forDom0() []Hint {
	return newHints(slices.DeleteFunc(slices.Clone(f.hints), func(h fit.Hint) bool { return h.Code != fit.PVHDom0 }))
}

// fitnessOf returns what guests could do with the devices that were hidden, or would be.
func (v *View) fitnessOf(results []engine.Result) map[pci.Address]fitness {
	all := map[pci.Address]fitness{}
	for _, r := range results {
		if r.Err == nil {
			all[r.Device] = v.fitness(pciback.Module{Presence: pciback.Loaded}, r.Device, false)
		}
	}
	return all
}
