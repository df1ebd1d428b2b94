package daemon

import (
	"time"

	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// State is what the last look found.
type State struct {
	Kept     passthrough.Kept
	Devices  []passthrough.DeclaredDevice
	Sequence uint64    // of the last change
	Looked   time.Time // the end of the last look that found nothing wrong with looking
	ListGood bool      // the list and the settings can be read completely
}

// state returns the last state. Its slices must not be changed. Goroutines may call it.
func (d *Daemon) state() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// publish makes what a look found the last state; a look that failed leaves the devices as
// they were.
func (d *Daemon) publish(r reconcile.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Devices != nil {
		d.last.Kept, d.last.Devices = r.Kept, r.Devices
		d.last.ListGood = len(r.Kept.Problems) == 0 && len(d.problems) == 0
	}
}

// looked notes that a look has ended well.
func (d *Daemon) looked(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last.Looked = at
}
