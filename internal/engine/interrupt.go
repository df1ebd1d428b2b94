package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// In a PVH dom0, Xen connects the line of a legacy interrupt when dom0 first unmasks it, and
// only if nobody has set the line up before (vioapic_hwdom_map_gsi and mp_register_gsi in
// xen/arch/x86). pciback sets it up for the guest that is to have the card (since Linux 6.12). A card
// that no driver of dom0 has opened before therefore gets no interrupts when it is given back. Two
// hypercalls connect the line, and can be made as soon as a driver has requested the interrupt.

// Interrupt is what became of the legacy interrupt of a device that was given back to a PVH
// dom0.
type Interrupt struct {
	GSI       uint32 // the global system interrupt
	Connected bool   // Xen delivers it to dom0; otherwise no driver has requested it yet, or Xen refused
	Arrived   uint64 // how many were counted right afterwards
}

// How long a driver may take to request the interrupt, and how long the first interrupt may
// take. udev and the network's scripts bring an interface up while unhide waits.
const (
	requestTime = 2 * time.Second
	arriveTime  = time.Second
	linePoll    = 20 * time.Millisecond
)

// gsi returns the interrupt that pciback has set up for a hidden device: what the kernel tells
// now, or what an earlier run noted. Where the kernel does not set it up, there is none.
func (s *session) gsi(a pci.Address, now pciback.State) (gsi uint32, ok bool) {
	if s.xen == nil || !hypervisor.PVH(s.FS) {
		return 0, false
	}
	if now.Hidden() {
		gsi, err := s.xen.GSI(a)
		return gsi, err == nil
	}
	return s.notedGSI(a)
}

// connect has Xen deliver the legacy interrupt of a device that is in dom0 again. gsi is what
// pciback has set up, if ok. It returns nil if Xen has nothing to do, or is not known to have.
func (s *session) connect(ctx context.Context, a pci.Address, now pciback.State, gsi uint32, ok bool) *Interrupt {
	if s.xen == nil || now.Driver == "" || now.Hidden() || !hypervisor.PVH(s.FS) {
		return nil
	}
	if ok && s.connected(gsi) {
		_ = s.keepGSI(a, 0, false)
		return nil
	}
	holds := reserves(now.Driver)
	f, line := s.requested(ctx, a, ok && !holds)
	if f.Sends || f.Line == 0 || !f.Pin || line.Known && s.connected(line.GSI) {
		_ = s.keepGSI(a, 0, false)
		return nil
	}
	if err := s.keepGSI(a, gsi, ok); err != nil {
		s.warnOf(a, NotesRemain, fmt.Sprintf("its interrupt cannot be noted: %v", err), "")
	}
	switch {
	case line.Requested && line.Known: // what was noted may be of another card, or another program has given it back
		return s.deliver(ctx, a, line.GSI, f, line, !ok && line.Count > 0)
	case line.Requested && ok:
		return s.deliver(ctx, a, gsi, f, line, false)
	case line.Requested && line.Count == 0:
		s.warnOf(a, InterruptUnconnected, "dom0 is PVH, and no interrupt has come from it; which one Xen would have to connect is not known",
			"hide it and give it back: pciback tells it to 'xenpci unhide'")
	case !line.Requested && ok && !holds:
		if f.Legacy() {
			s.warn(later(a, gsi))
		}
		return &Interrupt{GSI: gsi}
	}
	return nil
}

// deliver has Xen deliver an interrupt that a driver has requested. works is whether interrupts
// come already: then it does not matter if Xen refuses.
func (s *session) deliver(ctx context.Context, a pci.Address, gsi uint32, f irq.Function, line irq.Line, works bool) *Interrupt {
	if err := s.xen.Connect(gsi); err != nil {
		if works {
			return nil
		}
		s.warnOf(a, InterruptUnconnected, fmt.Sprintf("dom0 is PVH, and Xen does not connect its interrupt: %v", err),
			"restart the machine without hiding it at boot: then its interrupts come")
		return &Interrupt{GSI: gsi}
	}
	_ = s.keepGSI(a, 0, false)
	s.noteConnected(gsi)
	return &Interrupt{GSI: gsi, Connected: true, Arrived: s.arrived(ctx, f.Line, line.Count)}
}

// later is the warning about a device whose driver has not requested its interrupt.
func later(a pci.Address, gsi uint32) Warning {
	return Warning{
		Device: &a, Code: InterruptLater,
		Reason: fmt.Sprintf("dom0 is PVH, and Xen can connect its interrupt (%d) only when a driver has requested it", gsi),
		Advice: "use it, a network card after 'ip link set NAME up', and then run 'xenpci unhide " + a.String() + "' once more; a running xenpcid does so by itself",
	}
}

// requested returns how the device interrupts, and waits for its driver to request an interrupt
// if that is expected.
func (s *session) requested(ctx context.Context, a pci.Address, expected bool) (f irq.Function, line irq.Line) {
	for end, waited := time.Now().Add(min(requestTime, s.Timeout)), false; ; waited = true {
		f, _ = irq.Read(s.FS, a) // what cannot be read has no interrupt
		line = irq.ReadLine(s.FS, f.Line)
		if !expected || f.Sends || line.Requested || !f.Legacy() || !pause(ctx, end) {
			return f, line
		}
		if !waited {
			s.progress(a, "waiting until its driver requests its interrupt")
		}
	}
}

// arrived returns how many interrupts were counted on a line since, and waits for the first.
func (s *session) arrived(ctx context.Context, line int, since uint64) uint64 {
	for end := time.Now().Add(min(arriveTime, s.Timeout)); ; {
		if now := irq.ReadLine(s.FS, line).Count; now > since {
			return now - since
		}
		if !pause(ctx, end) {
			return 0
		}
	}
}

// pause waits a moment, and reports whether there is time for another look.
func pause(ctx context.Context, end time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(linePoll):
		return time.Now().Before(end)
	}
}
