package daemon

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// Options are how the daemon runs.
type Options struct {
	Root    string        // "/" is this machine
	Timeout time.Duration // of one write: see passthrough.Options
	Log     *slog.Logger
	Reload  <-chan struct{} // has it read its settings and try again what it left alone
	Ready   func()          // is called once, after the first look; nil for none

	Working func(bool) // is told when a whole look begins and when it has ended; nil for nobody

	Inherited Inherited // sockets that systemd has made
}

// Two looks are apart by quiet at least, and by twice as long after each that was due before
// that, up to mostQuiet: a bus that is rescanned sends thousands of uevents within a second.
const (
	quiet     = 100 * time.Millisecond
	mostQuiet = 2 * time.Second
)

// Daemon is a running xenpcid.
type Daemon struct {
	options    Options
	host       *passthrough.Host
	reconciler *reconcile.Reconciler
	log        *slog.Logger
	system     *supervisor // what started it
	settings   config.Settings
	problems   config.Problems // of the settings
	counts     *counts
	started    time.Time

	server      *varlink.Server
	subscribers *varlink.Broadcast
	orders      chan order // of clients

	mu   sync.Mutex
	last State

	textfileFailed string // why the metrics could not be written the last time

	due           chan struct{} // a look is due
	guestsWatched atomic.Bool   // xenstored tells of guests, so that a glance is enough
	filesWatched  atomic.Bool   // inotify tells of the list, so that a glance is enough

	appeared chan struct{} // a device appeared, or got a driver
	ready    sync.Once
	begun    chan struct{}      // is closed after the first look
	glance   passthrough.Glance // after the last whole look
	retry    time.Time          // when something is to be tried again; zero for nothing
	slept    time.Duration      // how long the machine had slept at the last look
	late     map[string]bool    // what was said of interrupts at the last look
}

// Run is the daemon. It returns when the context ends, with nil, or when it cannot work
// at all. It changes nothing when it ends.
func Run(ctx context.Context, o Options) error {
	host, err := passthrough.Open(o.Root, passthrough.Options{Timeout: o.Timeout})
	if err != nil {
		return err
	}
	only, err := alone(host)
	if err != nil {
		return err
	}
	defer only.Close()
	d := &Daemon{
		options: o, host: host, reconciler: reconcile.New(host), log: o.Log, system: openSupervisor(),
		counts: newCounts(), started: time.Now(), due: make(chan struct{}, 1), appeared: make(chan struct{}, 1),
		begun: make(chan struct{}), subscribers: varlink.NewBroadcast(varlink.NewError(errOverrun, nil)), orders: make(chan order),
	}
	d.reconciler.Changed, d.reconciler.Warn, d.reconciler.Arrived = d.changed, d.warn, d.arrived
	d.reconciler.Progress = func() { d.system.tell(watchdog) } // a look may last as long as drivers take
	d.readSettings()
	ctx, stop := context.WithCancel(ctx)
	var sources sync.WaitGroup
	defer func() {
		d.system.tell(stopping)
		stop()
		sources.Wait()
	}()
	if err := d.serve(ctx, &sources); err != nil {
		return err
	}
	d.hearUevents(ctx, &sources)
	d.watchFiles(ctx, &sources)
	d.watchGuests(ctx, &sources)
	d.recordDevices(ctx, &sources)
	return d.loop(ctx)
}

// order is a client's wish for a look.
type order struct {
	reload bool
	done   chan<- struct{} // is closed when the loop has looked
}

// look has the loop look soon. It never waits.
func (d *Daemon) look() {
	select {
	case d.due <- struct{}{}:
	default: // a look is due already
	}
}

// loop looks at the start, when a look is due, and after the interval. While interrupts wait for a
// driver, it looks at these in between, and at nothing else.
func (d *Daemon) loop(ctx context.Context) error {
	var ordered []chan<- struct{}
	var next, last time.Time
	apart := quiet
	for whole := true; ; {
		if whole || !time.Now().Before(next) {
			next = d.reconcile(ctx, whole)
			last = time.Now()
			for _, done := range ordered {
				close(done)
			}
			ordered = nil
		}
		sleep := time.Until(next)
		if d.connectLate(ctx) {
			sleep = min(sleep, lateInterval)
		}
		timer := time.NewTimer(sleep)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-d.options.Reload:
			d.reload()
			whole = true
		case o := <-d.orders:
			if o.reload {
				d.reload()
			}
			whole, ordered = true, append(ordered, o.done)
		case <-d.due:
			if wait := apart - time.Since(last); wait > 0 {
				pause(ctx, wait)
				apart = min(2*apart, mostQuiet)
			} else {
				apart = quiet
			}
			whole = true
		case <-timer.C:
			whole = !time.Now().Before(next) && (!d.guestsWatched.Load() || !d.filesWatched.Load())
		}
		timer.Stop()
	}
}

// pause waits, unless the context ends.
func pause(ctx context.Context, wait time.Duration) {
	if wait <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}

// reconcile makes a look, and returns when the next one is due at the latest. A look that
// is not to be whole ends where a glance shows that nothing has changed.
func (d *Daemon) reconcile(ctx context.Context, whole bool) time.Time {
	slept, now := sleepTime(), time.Now()
	resumed := slept-d.slept > time.Second
	d.slept = slept
	if resumed {
		d.log.Info("the machine was asleep: looking at everything")
	}
	tryAgain := !d.retry.IsZero() && !now.Before(d.retry)
	good := true
	if whole || resumed || tryAgain || !d.host.Glance().Equal(d.glance) {
		good = d.lookAtAll(ctx)
		d.glance = d.host.Glance()
	}
	if good {
		d.looked(time.Now())
	}
	d.writeTextfile()
	d.system.tell(watchdog)
	d.ready.Do(func() {
		close(d.begun)
		d.system.tell(ready)
		if d.options.Ready != nil {
			d.options.Ready()
		}
	})
	next := now.Add(d.interval())
	if !d.retry.IsZero() && d.retry.Before(next) {
		return d.retry
	}
	return next
}

// lookAtAll reconciles, and notes what came of it. It reports whether the look was good: a
// device that could not be hidden is no fault of the look.
func (d *Daemon) lookAtAll(ctx context.Context) bool {
	if d.options.Working != nil {
		d.options.Working(true)
		defer d.options.Working(false)
	}
	d.readSettings()
	result := d.reconciler.Reconcile(ctx)
	d.retry = result.Next
	outcome := "done"
	if result.Err != nil {
		outcome = "failed"
		d.failed(result.Err)
		if d.retry.IsZero() {
			d.retry = time.Now().Add(d.interval())
		}
	}
	d.counts.add(func() { d.counts.looks[outcome]++ })
	d.publish(result)
	d.system.status(summary(d.state().Devices))
	return result.Err == nil
}

// reload has what was left alone tried again.
func (d *Daemon) reload() {
	d.system.tell(reloading)
	d.log.Info("reloading")
	d.reconciler.Reload()
	d.system.tell(ready)
}
