package passthrough

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/hypervisor"
)

// How long the daemon may take to appear or to vanish after a command has started or
// stopped it, and how often that is looked at. Some init systems do not wait for it.
const (
	daemonWait = 10 * time.Second
	daemonTick = 100 * time.Millisecond
)

// DaemonChange is a change of whether the init system starts xenpcid.
type DaemonChange struct {
	BootChange

	Process int     `json:"process,omitempty"` // the daemon's, afterwards; absent where it does not run
	Problem *Remark `json:"problem,omitempty"` // why it does not run now, or still runs; the files are as they should be
}

// Class returns ClassLater if the change is made, and the daemon was not started or stopped.
func (c DaemonChange) Class() Class {
	if c.Problem != nil {
		return c.Problem.Code.class()
	}
	return ClassDone
}

// EnableDaemon has the init system start xenpcid at every boot, and starts it now. No other
// layer is changed, and no device needs to be declared. If a file cannot be written, or is
// not as it should be afterwards, everything is taken back, and the error's code is
// CodeTakenBack. If the daemon cannot be started the files stay, and the change has a
// Problem.
func (v *View) EnableDaemon(ctx context.Context, dryRun bool, report func(Event)) (DaemonChange, error) {
	r := newReporter(report)
	var c DaemonChange
	var b booting
	var start []change.Command
	err := v.inTurn(ctx, r, dryRun, func(held *os.File) error {
		var setup boot.Setup
		var err error
		if b, setup, err = v.daemonSetup(ctx, held, true); err != nil {
			return err
		}
		if v.daemonProcess() == 0 {
			start = b.host.StartDaemon()
		}
		b.daemon = true
		c.BootChange = b.daemonChange(setup, dryRun)
		c.run(start)
		r.event(Event{Kind: EventBoot, Change: &c.BootChange})
		if dryRun {
			return nil
		}
		return setup.CarryOut(ctx)
	})
	if err != nil || dryRun {
		return c, wrapped(err)
	}
	// The daemon takes turns with this call, so that it is started after it.
	failed := b.runAll(ctx, start)
	c.Process = v.daemonProcess()
	if len(start) > 0 && failed == nil && v.runsInThisBoot(b) {
		c.Process = v.daemonSettles(ctx, true)
	}
	if c.Process == 0 && b.host.Run != nil {
		c.Problem = v.whyStopped(b, failed)
	}
	return c, nil
}

// DisableDaemon stops xenpcid, and removes what EnableDaemon wrote: every file is as it was
// before. What is hidden stays hidden. If a file cannot be removed, everything is taken
// back, the daemon is started again if it ran, and the error's code is CodeTakenBack. If the
// daemon cannot be stopped, the files are removed all the same, and the change has a Problem.
func (v *View) DisableDaemon(ctx context.Context, dryRun bool, report func(Event)) (DaemonChange, error) {
	r := newReporter(report)
	var c DaemonChange
	var b booting
	var stop []change.Command
	var failed error
	err := v.inTurn(ctx, r, dryRun, func(held *os.File) error {
		var setup boot.Setup
		var err error
		if b, setup, err = v.daemonSetup(ctx, held, false); err != nil {
			return err
		}
		if b.daemon {
			stop = b.host.StopDaemon()
		}
		enabled := b.daemon
		b.daemon = false
		c.BootChange = b.daemonChange(setup, dryRun)
		if enabled {
			c.Removed = []Layer{LayerDaemon}
		}
		c.Commands = []string{}
		c.run(slices.Concat(stop, setup.Commands))
		r.event(Event{Kind: EventBoot, Change: &c.BootChange})
		if dryRun {
			return nil
		}
		c.Process = v.daemonProcess()
		failed = b.runAll(ctx, stop)
		return setup.CarryOut(ctx)
	})
	if err != nil {
		if c.Process != 0 && len(stop) > 0 {
			_ = b.runAll(context.WithoutCancel(ctx), b.host.StartDaemon()) // the error says that it was taken back
		}
		return c, wrapped(err)
	}
	if dryRun || len(stop) == 0 {
		c.Process = v.daemonProcess()
		return c, nil
	}
	if c.Process = v.daemonSettles(ctx, false); c.Process != 0 {
		c.Problem = stillRuns(c.Process, failed)
	}
	return c, nil
}

// daemonSetup finds out how the machine boots, and plans the daemon's files.
func (v *View) daemonSetup(ctx context.Context, held *os.File, on bool) (booting, boot.Setup, error) {
	b, err := v.bootingNow(ctx, held)
	if err != nil {
		return b, boot.Setup{}, err
	}
	setup, err := boot.PrepareDaemon(ctx, b.host, on)
	if err == nil && on {
		err = b.unsafeProgram(b.host.Program, brand.DaemonBeside(b.host.Program))
	}
	return b, setup, err
}

// daemonChange returns what a setup of the daemon's files changes.
func (b booting) daemonChange(setup boot.Setup, dryRun bool) BootChange {
	c := BootChange{Layers: b.layers(b.enabled), Files: []FileChange{}, Commands: []string{}, Elsewhere: b.host.Run == nil, DryRun: dryRun}
	c.plan(setup)
	return c
}

// runAll runs commands until one fails.
func (b booting) runAll(ctx context.Context, commands []change.Command) error {
	for _, c := range commands {
		if err := b.host.Run(ctx, c.Deadline, c.Args...); err != nil {
			return err
		}
	}
	return nil
}

// daemonSettles waits for a while until the daemon runs, or does not, and returns its
// process.
func (v *View) daemonSettles(ctx context.Context, runs bool) int {
	ctx, cancel := context.WithTimeout(ctx, daemonWait)
	defer cancel()
	tick := time.NewTicker(daemonTick)
	defer tick.Stop()
	for {
		process := v.daemonProcess()
		if (process != 0) == runs {
			return process
		}
		select {
		case <-ctx.Done():
			return process
		case <-tick.C:
		}
	}
}

// underXen reports whether the daemon's scripts take this for a kernel under Xen.
func (v *View) underXen() bool { return hypervisor.Runs(v.fs) }

// runsInThisBoot reports whether the daemon's scripts run it in this boot.
func (v *View) runsInThisBoot(b booting) bool { return b.recovery == "" && v.underXen() }

// whyStopped says why the daemon, which is enabled, does not run.
func (v *View) whyStopped(b booting, failed error) *Remark {
	problem := Remark{Code: CodeNotNow, Reason: "xenpcid is enabled, and does not run: "}
	switch {
	case !v.underXen():
		problem.Reason += "this machine is not running Xen"
	case b.recovery != "":
		problem.Reason += "this is a recovery boot (" + b.recovery + ")"
		problem.Advice = "'xenpci daemon' runs it in the foreground"
	case failed != nil:
		problem.Reason += asError(failed).Reason
		problem.Advice = "its log says why"
	case !b.host.Init.Running:
		problem.Reason += "the init system does not run here"
	default:
		problem.Reason += "it has ended"
		problem.Advice = "its log says why"
	}
	return &problem
}

// stillRuns says that the daemon, which is not enabled any more, was not stopped.
func stillRuns(process int, failed error) *Remark {
	problem := Remark{Code: CodeNotNow, Reason: fmt.Sprintf("xenpcid still runs (process %d)", process), Advice: fmt.Sprintf("'kill %d' stops it", process)}
	if failed != nil {
		problem.Reason += ": " + asError(failed).Reason
	}
	return &problem
}
