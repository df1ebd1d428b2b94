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
		f.guests = fit.NoGuest(fit.NoPciback, "pciback is absent, and xl can assign only devices that pciback has")
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

// forPV reports whether a PV guest can have the device.
func (f fitness) forPV() bool {
	return slices.ContainsFunc(f.guests, func(g fit.Guest) bool { return g.Kind == fit.PV && g.Can })
}

// noInterrupts returns the remark that a kind of guest gets no interrupts from the device; nil where
// there is none, and where no guest can have it in any case.
func (f fitness) noInterrupts(a pci.Address) *Remark {
	i := slices.IndexFunc(f.hints, func(h fit.Hint) bool { return h.Code == fit.NoInterrupts })
	if i < 0 || f.none() != nil {
		return nil
	}
	return &Remark{Device: &a, Code: CodeNoInterrupts, Reason: f.hints[i].Reason, Advice: f.hints[i].Advice}
}

// noGuest returns why no guest can have each of the devices that were hidden, or would be, and
// warns of those from which some guests get no interrupts.
func (v *View) noGuest(results []engine.Result, r reporter) map[pci.Address]*Hint {
	why := map[pci.Address]*Hint{}
	for _, one := range results {
		if one.Err == nil {
			why[one.Device] = v.warnOfGuests(one.Device, r)
		}
	}
	return why
}

// warnOfGuests returns why no guest can have a device, or warns if some guests get no interrupts
// from it.
func (v *View) warnOfGuests(a pci.Address, r reporter) *Hint {
	f := v.fitness(pciback.Module{Presence: pciback.Loaded}, a, false)
	if remark := f.noInterrupts(a); remark != nil {
		r.warn(*remark)
	}
	return f.none()
}
