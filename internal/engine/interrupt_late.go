package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// notedDevices returns the devices, of the chosen ones or of all, that were given back, have a
// driver, and whose interrupt Xen has still to connect.
func (e *Engine) notedDevices(chosen []pci.Address) (all []pci.Address) {
	entries, err := e.FS.Entries(gsiDir, maxNoted)
	if err != nil {
		return nil // there is none, and status does not depend on it
	}
	for _, entry := range entries {
		a, err := pci.ParseAddress(entry.Name())
		if err != nil || len(chosen) > 0 && !slices.Contains(chosen, a) {
			continue
		}
		driver, err := pci.Driver(e.FS.Root(), a)
		if err == nil && driver != "" && driver != pciback.Name {
			all = append(all, a)
		}
	}
	return all
}

// waiting returns a warning for each of notedDevices.
func (e *Engine) waiting(chosen []pci.Address) (all []Warning) {
	for _, a := range e.notedDevices(chosen) {
		if gsi, ok := e.notedGSI(a); ok {
			all = append(all, later(a, gsi))
		}
	}
	return all
}

// ConnectLate has Xen connect the interrupts of devices that were given back to a PVH dom0
// before a driver requested them, and that a driver has requested since. It returns these devices,
// and how many still wait for a driver. Where another run is at work, all wait.
func (e *Engine) ConnectLate(ctx context.Context) (connected []pci.Address, waiting int, err error) {
	noted := e.notedDevices(nil)
	if !slices.ContainsFunc(noted, e.requestsNow) {
		return nil, len(noted), nil
	}
	s, err := e.begin(ctx, 0, false)
	if busy := (*LockError)(nil); errors.As(err, &busy) {
		return nil, len(noted), nil
	}
	if err != nil {
		return nil, len(noted), err
	}
	defer s.close()
	for _, a := range noted {
		gsi, ok := s.notedGSI(a)
		now, err := s.pciback.State(ctx, a)
		if !ok || err != nil || !s.requestsNow(a) {
			waiting++
			continue
		}
		if i := s.connect(ctx, a, now, gsi, true); i != nil && i.Connected {
			connected = append(connected, a)
		}
	}
	return connected, waiting, nil
}

// requestsNow reports whether a driver has requested the legacy interrupt of a device.
func (e *Engine) requestsNow(a pci.Address) bool {
	f, err := irq.Read(e.FS, a)
	return err == nil && irq.ReadLine(e.FS, f.Line).Requested
}
