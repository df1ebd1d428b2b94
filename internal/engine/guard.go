package engine

import (
	"slices"
	"sync"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// ReadGuard returns a guard that lists and reads the devices when it is first
// asked.
func ReadGuard(f sysfs.FS) func() *graph.Graph {
	return sync.OnceValue(func() *graph.Graph {
		root := f.Path("/")
		addresses, _ := pci.List(root)
		// A device that cannot be read has no chain; hiding it fails with the reason.
		devices, _ := pci.Read(root, addresses, usage.Reads)
		return ScanGuard(f, devices)
	})
}

// ScanGuard finds out what dom0 needs. The devices were read with usage.Reads.
func ScanGuard(f sysfs.FS, devices []pci.Device) *graph.Graph {
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
	})
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
	return refused
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
