package daemon

import (
	"context"
	"path"
	"sync"
	"time"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/daemon/uevent"
	"github.com/xenpci/xenpci/internal/daemon/watch"
	"github.com/xenpci/xenpci/internal/sysfs"
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
			socket, err := d.options.Inherited.uevents()
			if err == nil {
				d.look() // what happened before the socket was there
				err = socket.Listen(ctx, d.heard, d.overrun)
			}
			if err != nil {
				d.log.Warn("uevents cannot be heard, so that changes are seen later", "error", err)
				pause(ctx, between)
			}
		}
	})
}

func (d *Daemon) heard(e uevent.Event) {
	d.counts.uevent(e)
	d.look()
}

func (d *Daemon) overrun() {
	d.counts.add(func() { d.counts.overruns++ })
	d.look()
}

// watchFiles has every change of the list and the settings cause a look.
func (d *Daemon) watchFiles(ctx context.Context, sources *sync.WaitGroup) {
	f := sysfs.New(d.host.Root())
	sources.Go(func() {
		for ctx.Err() == nil {
			w, err := watch.New(f.Path(path.Dir(config.File)), f.Path(config.DropIns))
			for err == nil {
				d.look() // after a break, too
				err = w.Next(ctx)
			}
			if w != nil {
				_ = w.Close()
			}
			if ctx.Err() == nil {
				d.log.Warn("the files of the list cannot be watched, so that changes are seen later", "error", err)
				pause(ctx, between)
			}
		}
	})
}
