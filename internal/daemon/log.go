package daemon

import (
	"strings"

	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// The journal's numbers of what is logged, by which 'journalctl MESSAGE_ID=...' finds it.
const (
	changeID  = "81dd8b6f2b204e51845f4421acda51c9" // a declared device changed its state
	arrivalID = "342b7f3a2796419f84fabac3a9558944" // a declared device appeared
	warningID = "89283937e5dd4c518e3158dde864070a" // something could not be found out or done
)

// changed tells of a change of a device.
func (d *Daemon) changed(c reconcile.Change) {
	d.spread(c)
	d.counts.add(func() {
		if c.State == reconcile.Refused {
			d.counts.refusals++
		}
		if c.Back != "" {
			d.counts.rebinds[rebind{c.Declared, c.Back}]++
		}
	})
	log := d.log.Info
	switch c.State {
	case reconcile.Refused, reconcile.Failed, reconcile.Contested, reconcile.OtherCard, reconcile.Ambiguous:
		log = d.log.Warn
	}
	log(sentence(c), "message_id", changeID, "device", c.Device, "declared", c.Declared, "outcome", c.State, "was", c.Was, "driver", c.Driver, "guest", c.Guest)
}

// sentence returns a change on one line: "0000:00:09.0: hidden, was in dom0".
func sentence(c reconcile.Change) string {
	text := c.Device.String() + ": "
	if c.Gone {
		return text + "no longer declared, and left as it is: " + words(c.State)
	}
	text += words(c.State)
	if c.Guest != "" {
		text += " to " + c.Guest
	}
	if c.Was != "" && c.Was != c.State {
		text += ", was " + words(c.Was)
	}
	if c.Back != "" {
		text += ", taken back from " + strings.Replace(c.Back, "none", "no driver", 1)
	}
	if c.State != reconcile.Hidden && c.State != reconcile.Assigned && c.Driver != "" {
		text += ", on " + c.Driver
	}
	if c.Reason != "" {
		text += ": " + c.Reason
	}
	if c.Advice != "" {
		text += "; " + c.Advice
	}
	return text
}

func words(s passthrough.DeclaredState) string { return strings.ReplaceAll(string(s), "_", " ") }

// warn logs what could not be found out or done.
func (d *Daemon) warn(r passthrough.Remark) {
	device := ""
	if r.Device != nil {
		device = r.Device.String()
	}
	d.log.Warn(r.String(), "message_id", warningID, "device", device, "outcome", r.Code)
}

// arrived logs and counts which driver got a device that appeared.
func (d *Daemon) arrived(a pci.Address, driver string) {
	d.counts.arrived(driver)
	who := "no driver has it yet"
	if driver != "" {
		who = driver + " has it"
	}
	d.log.Info(a.String()+": appeared, "+who, "message_id", arrivalID, "device", a, "driver", driver)
}

// failed logs why nothing could be done.
func (d *Daemon) failed(err error) {
	for _, e := range passthrough.AsErrors(err) {
		d.log.Error(e.Error(), "message_id", warningID, "outcome", e.Code)
	}
}
