package reconcile

import (
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// action is what is to be done about a device. Its zero value is nothing.
type action int

const (
	hide          action = iota + 1
	reserve              // register the slot of a device that is not there
	noteHidden           // it is hidden, whoever did it
	noteGivenBack        // somebody gave it back
	forget               // what was decided was about a card that is not there any more
)

// decide sets the state of a device from what a look found, and returns what is to be
// done about it now. It reads no clock and no file.
func (m *memory) decide(d passthrough.KeptDevice, there bool, drift passthrough.Drift, now time.Time) action {
	s := d.Status
	m.Declared, m.Device.Device, m.Name, m.Model = d.Address, d.At(), d.Name, s.Name
	m.Driver, m.Guest, m.Reason, m.Advice, m.Retry = s.Driver, "", "", "", nil
	if !d.Place.Found() {
		return m.notFound(d, drift)
	}
	if s.Hidden() {
		return m.withPciback(s, d.Intent, drift, now)
	}
	lost := m.hidden || d.Intent == passthrough.IntentHidden
	if m.hidden {
		m.hidden = false
		m.lose(s.Driver, now)
	}
	switch {
	case d.Intent == passthrough.IntentGivenBack:
		return m.givenBack(0)
	case lost && there && s.Slot == pciback.SlotAbsent:
		// xl, libvirt and xenpci remove the slot; drivers and accidents do not.
		return m.givenBack(noteGivenBack)
	case m.contested(s.Driver):
		m.Reason, m.Advice = m.lossReason(), "'xenpci hide "+m.Device.Device.String()+"' hides it again"
		return m.be(Contested, 0)
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
	return m.be(m.stateInDom0(), m.soon(now))
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

func (m *memory) givenBack(a action) action {
	m.reload()
	m.Reason, m.Advice = "somebody gave it back to dom0", "'xenpci hide "+m.Device.Device.String()+"' hides it again"
	return m.be(GivenBack, a)
}

// withPciback is for a device that pciback has.
func (m *memory) withPciback(s passthrough.DeviceStatus, i passthrough.Intent, drift passthrough.Drift, now time.Time) action {
	if !m.hidden { // perhaps by somebody, after it was left alone
		m.hidden, m.slotless = true, false
		m.failures, m.retry, m.Error = 0, time.Time{}, nil
		if m.State == Contested {
			m.losses = nil
		}
	}
	noted := i == passthrough.IntentHidden
	if s.Guest != nil {
		m.Guest = s.Guest.String()
		if noted {
			return m.be(Assigned, 0)
		}
		return m.be(Assigned, noteHidden)
	}
	slotless := s.Slot == pciback.SlotAbsent
	if slotless && !m.slotless { // whoever gives a device back removes its slot first
		m.retry = now.Add(shortestWait)
	}
	m.slotless = slotless
	switch {
	case m.Error != nil:
		m.Reason, m.Advice = m.Error.Reason, m.Error.Advice
	case slotless:
		m.Reason = "its slot is not registered"
	}
	switch {
	case (slotless || !noted) && drift == passthrough.DriftHide: // whoever hid it may not have put it into Xen's quarantine
		return m.be(Hidden, m.soon(now))
	case !noted:
		return m.be(Hidden, noteHidden)
	}
	m.failures, m.Error, m.Reason, m.Advice = 0, nil, "", ""
	return m.be(Hidden, 0)
}

// soon returns hide, or nothing until it is time to try again.
func (m *memory) soon(now time.Time) action {
	if !now.Before(m.retry) {
		return hide
	}
	retry := m.retry
	m.Retry = &retry
	return 0
}

// notFound is for a device of which it is not known where it is.
func (m *memory) notFound(d passthrough.KeptDevice, drift passthrough.Drift) action {
	m.Reason, m.Advice, m.Model = d.Reason, d.Advice, ""
	m.reload()
	m.hidden = false
	switch d.Place {
	case passthrough.PlaceAbsent:
		m.State = Absent
	case passthrough.PlaceAnother:
		return m.be(OtherCard, 0)
	default:
		return m.be(Ambiguous, 0)
	}
	switch s := d.Status; {
	case s.Present: // another device, that another declaration means
	case d.Intent == passthrough.IntentHidden || d.Intent == passthrough.IntentGivenBack:
		return forget
	case s.Slot == pciback.SlotAbsent && drift == passthrough.DriftHide:
		return reserve
	}
	return 0
}
