package engine

import (
	"github.com/xenpci/xenpci/pkg/pci"
)

// Warning is something that a person should know although the run goes on.
type Warning struct {
	Device *pci.Address // nil where it concerns no single device
	Code   string       // for machines: one of the constants below
	Reason string
	Advice string // may be ""
}

// The codes of warnings.
const (
	QuarantineUnconfirmed = "quarantine_unconfirmed" // the device may not be in Xen's quarantine
	ReleaseUnconfirmed    = "release_unconfirmed"    // the device may still be in Xen's quarantine
	JournalUnreadable     = "journal_unreadable"     // what an earlier run left cannot be read
	JournalUnwritten      = "journal_unwritten"      // the next run will look at the device again
	EarlierStuck          = "earlier_stuck"          // a write of an earlier run still waits in the kernel
	EarlierCompleted      = "earlier_completed"      // an earlier run was interrupted and has been completed
	EarlierFailed         = "earlier_failed"         // an earlier run was interrupted and cannot be completed
	GuestsUnknown         = "guests_unknown"         // xenstored or Xen cannot be asked
	NotesRemain           = "notes_remain"           // the device is back, but what was noted of it remains
	OtherDriver           = "other_driver"           // the former driver did not take the device, and another was asked
	SlotsUnknown          = "slots_unknown"          // pciback's slots cannot be read
	CloseFailed           = "close_failed"           // the run could not be ended properly
)

func (e *Engine) warn(w Warning) {
	if e.Warn != nil {
		e.Warn(w)
	}
}

// warnOf warns of one device.
func (e *Engine) warnOf(a pci.Address, code, reason, advice string) {
	e.warn(Warning{Device: &a, Code: code, Reason: reason, Advice: advice})
}
