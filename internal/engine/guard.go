package engine

import (
	"slices"
	"sync"

	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// judges is what is asked before devices are given to guests. Each is found out
// when it is first asked, from one reading of the devices.
type judges struct {
	guard func() *graph.Graph // what dom0 lives on
	fit   func() *fit.Machine // which guests could have a device
}

func (e *Engine) newJudges() judges {
	root := e.FS.Path("/")
	devices := sync.OnceValue(func() []pci.Device {
		addresses, _ := pci.List(root)
		// A device that cannot be read has no chain; hiding it fails for that reason.
		devices, _ := pci.Read(root, addresses, usage.Reads|fit.Reads)
		return devices
	})
	guard := sync.OnceValue(func() *graph.Graph {
		names, err := pci.OpenNames(root)
		if err == nil {
			defer names.Close()
		}
		return usage.Scan(root, devices(), func(d pci.Device) string {
			vendor, _ := names.Vendor(d.Vendor)
			device, known := names.Device(d.Vendor, d.Device)
			if !known {
				return vendor
			}
			return vendor + " " + device
		})
	})
	return judges{guard: guard, fit: sync.OnceValue(func() *fit.Machine { return fit.Scan(root, devices()) })}
}

// Refused are those of the devices that are not to be hidden at a boot, each with
// the reason: what pciback can never hold (a *pciback.CardBusError or
// *pciback.DomainError), and what dom0 lives on (a *plan.NeededError), where these
// devices and the others go together. What is hidden already is not dom0's any
// more, and nothing speaks against it. pciback need not be there, and guests are
// not asked.
func (e *Engine) Refused(devices []pci.Address, others ...pci.Address) []Result {
	back, judges := pciback.New(e.FS.Path("")), e.newJudges()
	var taken []pci.Address
	for _, a := range append(slices.Clone(devices), others...) {
		driver, err := pci.Driver(e.FS.Path("/"), a)
		if err == nil && driver != pciback.Name && neverHeld(back, a) == nil {
			taken = append(taken, a)
		}
	}
	var refused []Result
	for _, a := range devices {
		r := Result{Device: a, Err: neverHeld(back, a)}
		if r.Err == nil && slices.Contains(taken, a) {
			r.Findings, r.Hints = judges.guard().Findings(a, taken...), judges.fit().Hints(a)
			r.Err = plan.Guard(plan.Facts{Device: a, Findings: r.Findings})
		}
		if r.Err != nil {
			refused = append(refused, r)
		}
	}
	return refused
}

// NeverHeld says why pciback can never hold a device, whatever is done; nil where
// nothing is known to speak against it.
func (e *Engine) NeverHeld(a pci.Address) error {
	return neverHeld(pciback.New(e.FS.Path("")), a)
}

func neverHeld(back *pciback.Driver, a pci.Address) error {
	if back.CardBus(a) {
		return &pciback.CardBusError{Device: a}
	}
	return pciback.Takes(a)
}
