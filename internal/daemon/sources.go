package daemon

import (
	"context"
	"path"
	"sync"
	"time"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/daemon/inventory"
	"github.com/xenpci/xenpci/internal/daemon/uevent"
	"github.com/xenpci/xenpci/internal/daemon/watch"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore"
)

// backends is the node below which xenstore has which guest has which device.
const backends = "/local/domain/0/backend/pci"

// A source of events that broke, or is not there, is tried again after the first time, and
// less and less often. Meanwhile the clock causes the looks.
const (
	firstRetry = 5 * time.Second
	lastRetry  = 5 * time.Minute
)

// listen has a source cause looks in a goroutine of its own. source returns when it breaks
// or when the context ends. broken is what is logged then; "" for a source that many hosts
// lack.
func (d *Daemon) listen(ctx context.Context, sources *sync.WaitGroup, broken string, source func(ctx context.Context) error) {
	sources.Go(func() {
		for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
			begun := time.Now()
			err := source(ctx)
			if ctx.Err() != nil {
				return
			}
			if broken != "" {
				d.log.Warn(broken + ", so that changes are seen later: " + err.Error())
			}
			if time.Since(begun) > lastRetry {
				retry = firstRetry
			}
			pause(ctx, retry)
		}
	})
}

// hearUevents has every message about a PCI device cause a look. Another root than this
// machine's own has none.
func (d *Daemon) hearUevents(ctx context.Context, sources *sync.WaitGroup) {
	if !d.host.ThisMachine() {
		return
	}
	d.listen(ctx, sources, "uevents cannot be heard", func(ctx context.Context) error {
		socket, err := d.options.Inherited.uevents()
		if err != nil {
			return err
		}
		d.look() // what happened before the socket was there
		return socket.Listen(ctx, d.heard, d.overrun)
	})
}

func (d *Daemon) heard(e uevent.Event) {
	d.counts.uevent(e)
	d.look()
	if e.Action == "add" || e.Action == "bind" {
		select {
		case d.appeared <- struct{}{}:
		default: // what appeared before has not been recorded yet
		}
	}
}

func (d *Daemon) overrun() {
	d.counts.add(func() { d.counts.overruns++ })
	d.look()
}

// watchFiles has every change of the list and the settings cause a look.
func (d *Daemon) watchFiles(ctx context.Context, sources *sync.WaitGroup) {
	f := sysfs.New(d.host.Root())
	d.listen(ctx, sources, "the files in /etc/xenpci cannot be watched", func(ctx context.Context) error {
		w, err := watch.New(f.Path(path.Dir(config.File)), f.Path(config.DropIns))
		if err != nil {
			return err
		}
		defer w.Close()
		d.filesWatched.Store(true)
		defer d.filesWatched.Store(false)
		for err == nil {
			d.look() // after a break, too
			err = w.Next(ctx)
		}
		return err
	})
}

// watchGuests has guests that come and go, and devices that they get and lose, cause a look.
// A host without xenstored has no such guests.
func (d *Daemon) watchGuests(ctx context.Context, sources *sync.WaitGroup) {
	d.listen(ctx, sources, "", func(ctx context.Context) error {
		w, err := xenstore.Watch(ctx, sysfs.New(d.host.Root()), xenstore.IntroduceDomain, xenstore.ReleaseDomain, backends)
		if err != nil {
			return err
		}
		defer w.Close()
		d.guestsWatched.Store(true)
		defer d.guestsWatched.Store(false)
		for err == nil {
			d.look() // after a break, too
			_, err = w.Next(ctx)
		}
		return err
	})
}

// recordDevices keeps what devices are while dom0 has them. It reads beside the loop, since
// what it reads may wait for a driver.
func (d *Daemon) recordDevices(ctx context.Context, sources *sync.WaitGroup) {
	sources.Go(func() {
		inventory.Follow(ctx, d.host.Root(), d.appeared, func(err error) {
			d.log.Warn("what devices are is not completely recorded: " + err.Error())
		})
	})
}
