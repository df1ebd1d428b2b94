package daemon

import (
	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// changed tells of a change of a device.
func (d *Daemon) changed(c reconcile.Change) {
	d.spread(c)
	d.counts.add(func() {
		if c.State == reconcile.Refused {
			d.counts.refusals++
		}
		if c.Back != "" {
			d.counts.rebinds[rebind{labelOf(c.DeclaredDevice), c.Back}]++
		}
	})
	d.log.Info(c.Device.String()+": "+string(c.State), "was", c.Was, "driver", c.Driver, "guest", c.Guest, "reason", c.Reason)
}

// warn logs what could not be found out or done.
func (d *Daemon) warn(r passthrough.Remark) { d.log.Warn(r.String(), "code", r.Code) }

// arrived logs which driver got a device that appeared.
func (d *Daemon) arrived(a pci.Address, driver string) {
	d.counts.arrived(driver)
	d.log.Info(a.String()+" appeared", "driver", driver)
}

// failed logs why nothing could be done.
func (d *Daemon) failed(err error) { d.log.Error(err.Error()) }
