package reconcile

import (
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// action is what is to be done about a device. Its zero value is nothing.
type action int

const (
	hide    action = iota + 1
	reserve        // register the slot of a device that is not there
)

// decide sets the state of a device from what a look found, what is to be noted about it, and
// returns what is to be done about it now. It reads no clock and no file.
func (m *memory) decide(d passthrough.KeptDevice, there bool, drift passthrough.Drift, now time.Time) action {
	s := d.Status
	m.Declared, m.Device.Device, m.Name, m.Model = d.Address, d.At(), d.Name, s.Name
	m.Driver, m.Guest, m.Reason, m.Advice, m.Retry, m.note = s.Driver, "", "", "", nil, nil
	if !d.Place.Found() {
		return m.notFound(d, drift, now)
	}
	if s.Hidden() {
		return m.withPciback(s, d.Intent, drift, now)
	}
	if !there && d.Intent == passthrough.IntentHidden {
		// pciback has lost all slots, and that one is absent says nothing when it is there again.
		m.noting(none)
		m.slotUnknown = true
	}
	lost := m.hidden || d.Intent == passthrough.IntentHidden && !m.slotUnknown
	if m.hidden {
		m.hidden = false
		m.lose(s.Driver, now)
	}
	switch {
	case d.Intent == passthrough.IntentGivenBack:
		return m.givenBack()
	case lost && there && s.Slot == pciback.SlotAbsent, m.overridden && overrideRead(s) && s.Override == "", m.noteFailed:
		// xl, xenpci and older libvirts remove the slot, and newer ones clear the override
		// that they have set; drivers and accidents do neither.
		m.noting(passthrough.IntentGivenBack)
		return m.givenBack()
	case m.State == Contested && len(m.losses) > 0 || m.contested(s.Driver):
		m.Reason, m.Advice = m.lossReason(), hideAdvice(m)
		return m.be(Contested, 0)
	case s.Guest != nil: // somebody took it from pciback by force
		m.Guest, m.Reason = s.Guest.String(), s.Guest.String()+" has it too"
		m.Advice = "shut the guest down; the device is hidden again then"
		return m.be(InDom0, 0)
	}
	m.Reason = "it is declared"
	if lost {
		m.Reason = "it was hidden, and is not any more"
	}
	if drift == passthrough.DriftReport {
		m.Advice = "'xenpci hide " + m.Device.Device.String() + "' hides it; on-drift = \"report\" leaves it in dom0"
		return m.be(InDom0, 0)
	}
	if m.Error != nil {
		m.Reason, m.Advice = m.Error.Reason, m.Error.Advice
	}
	return m.be(m.stateInDom0(), m.soon(hide, now))
}

// overrideRead reports whether the driver_override of a device was read. It is "" also where that
// failed, and where a write to the device may still wait in the kernel.
func overrideRead(s passthrough.DeviceStatus) bool { return s.Error == nil && s.Unfinished == nil }

func hideAdvice(m *memory) string {
	return "'xenpci hide " + m.Device.Device.String() + "' hides it again"
}

// stateInDom0 is the state of a device that is to be hidden and is not.
func (m *memory) stateInDom0() State {
	switch {
	case m.Error == nil:
		return InDom0
	case m.Error.Class() == passthrough.ClassRefused:
		return Refused
	}
	return Failed
}

// be sets the state.
func (m *memory) be(s State, a action) action {
	m.State = s
	return a
}

// none is an intent that is to be forgotten.
const none passthrough.Intent = ""

// noting has an intent noted.
func (m *memory) noting(i passthrough.Intent) { m.note = &i }

func (m *memory) givenBack() action {
	noteFailed := m.noteFailed
	m.reload()
	m.overridden, m.noteFailed = false, noteFailed
	m.Reason, m.Advice = "somebody gave it back to dom0", hideAdvice(m)
	return m.be(GivenBack, 0)
}

// withPciback is for a device that pciback has.
func (m *memory) withPciback(s passthrough.DeviceStatus, i passthrough.Intent, drift passthrough.Drift, now time.Time) action {
	if m.State == Contested || m.State == GivenBack { // somebody has decided otherwise
		m.losses = nil
	}
	if !m.hidden {
		m.taken()
	}
	m.slotUnknown, m.noteFailed = false, false
	if overrideRead(s) {
		m.overridden = s.Override == pciback.Name
	}
	noted := i == passthrough.IntentHidden
	if !noted && (s.Guest != nil || i == passthrough.IntentGivenBack || drift != passthrough.DriftHide) {
		m.noting(passthrough.IntentHidden)
	}
	if s.Guest != nil {
		m.Guest = s.Guest.String()
		return m.be(Assigned, 0)
	}
	slotless := s.Slot == pciback.SlotAbsent
	if slotless && !m.slotless { // who gives a device back may remove its slot first
		m.retry = now.Add(shortestWait)
	}
	m.slotless = slotless
	switch {
	case m.Error != nil:
		m.Reason, m.Advice = m.Error.Reason, m.Error.Advice
	case slotless:
		m.Reason = "its slot is not registered"
	}
	if (slotless || !noted) && drift == passthrough.DriftHide { // whoever hid it may not have put it into Xen's quarantine
		return m.be(Hidden, m.soon(hide, now))
	}
	m.failures, m.Error, m.Reason, m.Advice = 0, nil, "", ""
	return m.be(Hidden, 0)
}

// soon returns the action, or nothing until it is time to try again.
func (m *memory) soon(a action, now time.Time) action {
	if !now.Before(m.retry) {
		return a
	}
	retry := m.retry
	m.Retry = &retry
	return 0
}

// notFound is for a device of which it is not known where it is.
func (m *memory) notFound(d passthrough.KeptDevice, drift passthrough.Drift, now time.Time) action {
	was, hidden := m.State, m.hidden
	m.Reason, m.Advice, m.Model = d.Reason, d.Advice, ""
	m.hidden, m.overridden, m.slotUnknown, m.noteFailed = false, false, false, false
	switch d.Place {
	case passthrough.PlaceAbsent:
		m.State = Absent
	case passthrough.PlaceAnother:
		m.State = OtherCard
	default:
		m.State = Ambiguous
	}
	if m.State != was {
		m.reload()
	}
	s := d.Status
	switch {
	case m.State == OtherCard && hidden && s.Hidden() && s.Guest == nil && d.Intent == passthrough.IntentHidden:
		// The slot of the declared card has taken this one, while nobody looked.
		m.noting(passthrough.IntentReserved)
	case s.Present: // what is there is another device, which another declaration may mean
	case s.Slot == pciback.SlotRegistered:
		if d.Intent != passthrough.IntentReserved { // it outlives the card, and is for the declared one alone
			m.noting(passthrough.IntentReserved)
		}
		m.reload()
	case m.State != Absent: // it may be elsewhere
	default:
		if d.Intent != none && d.Intent != passthrough.IntentReserved { // about a card that is not there any more
			m.noting(none)
		}
		if drift == passthrough.DriftHide && (s.Slot == pciback.SlotAbsent || d.Intent != passthrough.IntentReserved) {
			return m.soon(reserve, now)
		}
	}
	return 0
}
