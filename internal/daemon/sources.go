package daemon

import (
	"context"
	"sync"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/uevent"
)

// between is how long a source of events that broke is left alone.
const between = 5 * time.Second

// hearUevents has every message about a PCI device cause a look. Another root than this
// machine's own has none.
func (d *Daemon) hearUevents(ctx context.Context, sources *sync.WaitGroup) {
	if !d.host.ThisMachine() {
		return
	}
	sources.Go(func() {
		for ctx.Err() == nil {
			socket, err := uevent.Open()
			if err == nil {
				d.look() // what happened before the socket was there
				err = socket.Listen(ctx, func(uevent.Event) { d.look() }, d.look)
			}
			if err != nil {
				d.log.Warn("uevents cannot be heard: changes are seen within "+d.options.Interval.String(), "error", err)
				pause(ctx, between)
			}
		}
	})
}
