package reconcile

import (
	"fmt"
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// How long a device is left alone after a loss or a failure, and when it is left alone
// for good. A tool that gives a device back unbinds it first and removes its slot after
// that, which takes less than the shortest wait.
const (
	shortestWait = time.Second
	longestWait  = 5 * time.Minute

	mostLosses = 3                // to one driver
	lossWindow = 10 * time.Minute // within this time
)

// memory is what is remembered of one declared device between two looks.
type memory struct {
	Device
	hidden      bool // the last look found it with pciback, or it was hidden since
	slotless    bool // and without its slot
	overridden  bool // and by its driver_override
	slotUnknown bool // pciback was not there since it was hidden, so its slot tells nothing
	noteFailed  bool // it was given back, which could not be noted
	losses      []loss
	backoff     // of hiding it, or reserving its slot

	note *passthrough.Intent // what is to be noted of its address; nil for nothing
}

// loss is that pciback had a device, and does not any more.
type loss struct {
	at     time.Time
	driver string // that has it now; "" for none
}

// lose notes a loss.
func (m *memory) lose(driver string, now time.Time) {
	kept := m.losses[:0]
	for _, l := range m.losses {
		if now.Sub(l.at) < lossWindow {
			kept = append(kept, l)
		}
	}
	m.losses = append(kept, loss{now, driver})
	m.retry = now.Add(wait(len(m.losses) - 1))
}

// contested reports whether the driver, or with "" nobody, took the device too often.
func (m *memory) contested(driver string) bool {
	times := 0
	for _, l := range m.losses {
		if l.driver == driver {
			times++
		}
	}
	return times >= mostLosses
}

// fail notes that the device could not be hidden.
func (m *memory) fail(err *passthrough.Error, now time.Time) {
	m.backoff.fail(now)
	m.Error = err
}

// backoff is how long something is not tried again.
type backoff struct {
	failures int
	retry    time.Time
}

func (b *backoff) fail(now time.Time) {
	b.retry = now.Add(wait(b.failures))
	b.failures++
}

// taken notes that pciback has the device.
func (m *memory) taken() {
	m.hidden, m.slotless = true, false
	m.backoff, m.Error = backoff{}, nil
}

// wait returns how long to wait after so many failures before.
func wait(failures int) time.Duration {
	for d := shortestWait; d < longestWait; d *= 2 {
		if failures == 0 {
			return d
		}
		failures--
	}
	return longestWait
}

// reload forgets what keeps the device from being tried at once.
func (m *memory) reload() {
	m.losses, m.backoff, m.Error, m.noteFailed = nil, backoff{}, nil, false
}

func (m *memory) lossReason() string {
	who := "no driver"
	if last := m.losses[len(m.losses)-1].driver; last != "" {
		who = last
	}
	return fmt.Sprintf("lost to %s %d times within %s", who, mostLosses, lossWindow)
}

// found reports whether the last look found the device.
func (m *memory) found() bool {
	return m.State != Absent && m.State != OtherCard && m.State != Ambiguous
}

// at reports whether the memory is about the device at an address.
func (m *memory) at(a pci.Address) bool { return m.Device.Device == a }
