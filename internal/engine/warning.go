package engine

import (
	"github.com/xenpci/xenpci/pkg/pci"
)

// Warning is something that a person should know although the run goes on.
type Warning struct {
	Device *pci.Address // nil where it concerns no single device
	Code   Code
	Reason string
	Advice string // may be ""
}

// Code says for programs what a warning is about.
type Code string

// The codes of warnings. A finding of the guard that was overruled has its own.
const (
	QuarantineUnconfirmed Code = "quarantine_unconfirmed" // the device may not be in Xen's quarantine
	ReleaseUnconfirmed    Code = "release_unconfirmed"    // the device may still be in Xen's quarantine
	JournalUnreadable     Code = "journal_unreadable"     // what an earlier run left cannot be read
	JournalUnwritten      Code = "journal_unwritten"      // the next run will look at the device again
	EarlierStuck          Code = "earlier_stuck"          // a write of an earlier run still waits in the kernel
	EarlierCompleted      Code = "earlier_completed"      // an earlier run was interrupted and has been completed
	EarlierFailed         Code = "earlier_failed"         // an earlier run was interrupted and cannot be completed
	GuestsUnknown         Code = "guests_unknown"         // xenstored or Xen cannot be asked
	NotesRemain           Code = "notes_remain"           // the device is back, but what was noted of it remains
	FormerDriverFailed    Code = "former_driver_failed"   // the former driver did not take the device, and another was asked
	ProbeFailed           Code = "probe_failed"           // no driver took the device, and the kernel said why
	GaveUp                Code = "gave_up"                // the driver was bound, and let go of the device
	NotSetUp              Code = "not_set_up"             // the driver has the device, and has not set it up in time
	InterruptLater        Code = "interrupt_later"        // Xen can connect the device's interrupt to a PVH dom0 only when a driver has requested it
	InterruptUnconnected  Code = "interrupt_unconnected"  // the device's driver gets no interrupts in a PVH dom0
	SlotsUnknown          Code = "slots_unknown"          // an attribute of pciback cannot be read: its slots, or which devices are permissive
	CloseFailed           Code = "close_failed"           // the run could not be ended properly
)

func (e *Engine) warn(w Warning) {
	if e.Warn != nil {
		e.Warn(w)
	}
}

// warnOf warns of one device.
func (e *Engine) warnOf(a pci.Address, code Code, reason, advice string) {
	e.warn(Warning{Device: &a, Code: code, Reason: reason, Advice: advice})
}
