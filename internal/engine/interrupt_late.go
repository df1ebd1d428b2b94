package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// notedDevices returns those of the chosen devices, or of all devices if none is chosen, that were
// given back, have a driver, and whose interrupt Xen may still have to connect.
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
		if _, ok := e.notedGSI(a); ok && err == nil && driver != "" && driver != pciback.Name {
			all = append(all, a)
		}
	}
	return all
}

// waiting returns a warning for each of notedDevices whose driver has to request its line.
func (e *Engine) waiting(chosen []pci.Address) (all []Warning) {
	for _, a := range e.notedDevices(chosen) {
		if gsi, ok := e.notedGSI(a); ok && e.awaits(a) {
			all = append(all, later(a, gsi))
		}
	}
	return all
}

// ConnectLate has Xen connect the interrupts of devices that were given back to a PVH dom0
// before a driver requested them, and that a driver has requested since. It returns these devices,
// and how many still wait for a driver. While another run is at work, all wait.
//
// A device that can interrupt by messages is not one of them, since its driver may never
// request the line. Once it interrupts by messages, the note of its interrupt is removed.
func (e *Engine) ConnectLate(ctx context.Context) (connected []pci.Address, waiting int, err error) {
	noted := e.notedDevices(nil)
	if !slices.ContainsFunc(noted, e.interrupts) {
		return nil, e.awaited(noted), nil
	}
	s, err := e.begin(ctx, 0, false)
	if busy := (*LockError)(nil); errors.As(err, &busy) {
		return nil, len(noted), nil
	}
	if err != nil {
		return nil, len(noted), err
	}
	defer s.close()
	var idle []pci.Address
	for _, a := range noted {
		gsi, ok := s.notedGSI(a)
		if !ok {
			continue // another run has connected it meanwhile
		}
		now, err := s.pciback.State(ctx, a)
		if err != nil || !s.interrupts(a) {
			idle = append(idle, a)
			continue
		}
		if i := s.connect(ctx, a, now, gsi, true); i != nil && i.Connected {
			connected = append(connected, a)
		}
	}
	return connected, s.awaited(idle), nil
}

// interrupts reports whether a device interrupts by messages, or a driver has requested its line.
func (e *Engine) interrupts(a pci.Address) bool {
	f, err := irq.Read(e.FS, a)
	return err == nil && (f.Sends || irq.ReadLine(e.FS, f.Line).Requested)
}

// awaited returns how many of the devices wait for a driver.
func (e *Engine) awaited(devices []pci.Address) (count int) {
	for _, a := range devices {
		if e.awaits(a) {
			count++
		}
	}
	return count
}

// awaits reports whether a device can interrupt only by its line, and has a driver that will
// request the line.
func (e *Engine) awaits(a pci.Address) bool {
	driver, err := pci.Driver(e.FS.Root(), a)
	if err != nil || reserves(driver) {
		return false
	}
	f, err := irq.Read(e.FS, a)
	return err == nil && f.Legacy()
}
