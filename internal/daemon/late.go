package daemon

import (
	"context"
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// lateInterval is how often the daemon looks whether a driver has requested an interrupt that Xen
// still has to connect. The kernel sends no event then: a network card's driver requests its
// interrupt when the interface is brought up.
const lateInterval = 5 * time.Second

// connectLate has Xen connect the interrupts of devices that were given back to a PVH dom0
// before a driver had requested them. It reports whether any still wait for a driver. If Xen
// refuses one, that is tried again at each look at the machine, and said once.
func (d *Daemon) connectLate(ctx context.Context) (waiting bool) {
	told := map[string]bool{}
	warn := func(r passthrough.Remark) {
		told[r.String()] = true
		if !d.late[r.String()] {
			d.warn(r)
		}
	}
	connected, still, err := d.host.ConnectInterrupts(ctx, func(e passthrough.Event) {
		if e.Kind == passthrough.EventWarning {
			warn(e.Remark)
		}
	})
	if err != nil && ctx.Err() == nil {
		e := passthrough.AsError(err)
		warn(passthrough.Remark{Device: e.Device, Code: e.Code, Reason: e.Reason, Advice: e.Advice})
	}
	for _, a := range connected {
		d.log.Info(a.String()+": its interrupt is connected, since a driver has requested it", "device", a)
	}
	d.late = told
	return still > 0
}
