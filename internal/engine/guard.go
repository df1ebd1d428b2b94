package engine

import (
	"slices"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// ScanGuard finds out what dom0 needs. The devices were read with usage.Reads. xen are the
// command lines of Xen in the boot loader's entries.
func ScanGuard(f sysfs.FS, devices []pci.Device, xen ...grub.CommandLine) *graph.Graph {
	root := f.Path("/")
	names, err := pci.OpenNames(root)
	if err == nil {
		defer names.Close()
	}
	return usage.Scan(root, devices, func(d pci.Device) string {
		vendor, _ := names.Vendor(d.Vendor)
		device, known := names.Device(d.Vendor, d.Device)
		if !known {
			return vendor
		}
		return vendor + " " + device
	}, xen...)
}

// Refused returns those of the devices that are not to be hidden at a boot, each
// with the reason: what pciback can never hold (a *pciback.CardBusError or
// *pciback.DomainError), and what dom0 needs (a *plan.NeededError), where these
// devices and the others are taken together. A device that is hidden already is
// not dom0's any more and is not refused. pciback need not be there, and guests
// are not asked. The devices were read with pci.WithDriver.
func (e *Engine) Refused(devices []pci.Device, others ...pci.Device) []Result {
	back := pciback.New(e.FS.Path(""))
	var taken []pci.Address
	for _, d := range slices.Concat(devices, others) {
		if d.Driver != pciback.Name && neverHeld(back, d.Address) == nil {
			taken = append(taken, d.Address)
		}
	}
	var refused []Result
	is := func(a pci.Address) bool {
		return slices.ContainsFunc(refused, func(r Result) bool { return r.Device == a })
	}
	for _, d := range devices {
		r := Result{Device: d.Address, Err: neverHeld(back, d.Address)}
		if r.Err == nil && slices.Contains(taken, d.Address) {
			r.Findings = e.Guard().Findings(d.Address, taken...)
			r.Err = plan.Guard(plan.Facts{Device: d.Address, Findings: r.Findings})
		}
		if r.Err != nil {
			refused = append(refused, r)
		}
	}
	// What is refused stays in dom0, and keeps its USB companions there.
	for again := len(refused) > 0; again; {
		again = false
		taken = slices.DeleteFunc(taken, is)
		for _, a := range taken {
			if f, ok := e.apartFrom(a, taken); ok && slices.ContainsFunc(devices, func(d pci.Device) bool { return d.Address == a }) {
				findings := []graph.Finding{f}
				refused, again = append(refused, Result{Device: a, Findings: findings, Err: plan.Guard(plan.Facts{Device: a, Findings: findings})}), true
			}
		}
	}
	return refused
}

// apartFrom returns the guard's finding that companions of a USB host controller are not
// among those that are taken.
func (e *Engine) apartFrom(a pci.Address, taken []pci.Address) (graph.Finding, bool) {
	for _, f := range e.Guard().Findings(a, taken...) {
		if f.Code == graph.USBCompanions {
			return f, true
		}
	}
	return graph.Finding{}, false
}

// NeverHeld returns why pciback can never hold a device; nil where no such
// reason is known.
func (e *Engine) NeverHeld(a pci.Address) error {
	return neverHeld(pciback.New(e.FS.Path("")), a)
}

func neverHeld(back *pciback.Driver, a pci.Address) error {
	if back.CardBus(a) {
		return &pciback.CardBusError{Device: a}
	}
	return pciback.Takes(a)
}
