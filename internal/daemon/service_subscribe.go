package daemon

import (
	"context"

	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

func (d *Daemon) answerSubscribe(_ context.Context, call *varlink.Call) (any, error) {
	if err := call.Parameters(&struct{}{}); err != nil {
		return nil, err
	}
	return nil, d.subscribers.Stream(call, func() (any, uint64) {
		s := d.state()
		return passthrough.DaemonNews{Sequence: s.Sequence, Devices: s.Devices}, s.Sequence
	})
}

// spread makes a change a part of the last state, and tells the subscribers.
func (d *Daemon) spread(c passthrough.DeclaredChange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last.Sequence++
	d.last.Devices = with(d.last.Devices, c)
	if err := d.subscribers.Publish(d.last.Sequence, passthrough.DaemonNews{Sequence: d.last.Sequence, Change: &c}); err != nil {
		d.log.Warn("the subscribers could not be told of a change: " + err.Error())
	}
}

// with returns the devices after a change, in a slice of its own: others may read devices.
func with(devices []passthrough.DeclaredDevice, c passthrough.DeclaredChange) []passthrough.DeclaredDevice {
	var after []passthrough.DeclaredDevice
	found := false
	for _, d := range devices {
		if d.Declared != c.Declared {
			after = append(after, d)
			continue
		}
		found = true
		if !c.Gone {
			after = append(after, c.DeclaredDevice)
		}
	}
	if !found && !c.Gone {
		after = append(after, c.DeclaredDevice)
	}
	return after
}
