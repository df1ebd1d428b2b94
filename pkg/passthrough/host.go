package passthrough

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// DefaultTimeout is how long one write may wait in the kernel before it is given
// up, unless Options have another.
const DefaultTimeout = engine.DefaultTimeout

// Options are how a host is worked on.
type Options struct {
	// Timeout is how long one write may wait in the kernel, how long modprobe and xl
	// may run, and how long a verb waits for its turn; DefaultTimeout if 0. The
	// programs that make boot files have longer deadlines of their own.
	Timeout time.Duration
}

// Host is a machine: this one, or a tree that has the files of one. Goroutines
// may share it. Their verbs take turns by locks, as those of different processes
// do.
type Host struct {
	root    string
	timeout time.Duration
}

// rootAdvice is what to do about a root that is not there.
const rootAdvice = "name the folder that has the files of the machine; / is this machine"

// Open returns the host whose files are below root: "/" is this machine. A root
// other than "/" is prepended to /sys, /proc, /etc, /run, /boot, /lib/modules, /usr
// and /var; no program is run for it. Nothing of the host is read before it is
// looked at. The error is CodeBadOption.
func Open(root string, o Options) (*Host, error) {
	switch {
	case root == "":
		return nil, &Error{Code: CodeBadOption, Reason: "the root is empty", Advice: rootAdvice}
	case o.Timeout < 0:
		return nil, &Error{Code: CodeBadOption, Reason: fmt.Sprintf("the timeout %s is negative", o.Timeout)}
	case o.Timeout == 0:
		o.Timeout = DefaultTimeout
	}
	if info, err := os.Stat(root); err != nil {
		var failed *fs.PathError
		why := err
		if errors.As(err, &failed) {
			why = failed.Err
		}
		return nil, &Error{Code: CodeBadOption, Path: root, Reason: "the root " + root + ": " + why.Error(), Advice: rootAdvice, err: err}
	} else if !info.IsDir() {
		return nil, &Error{Code: CodeBadOption, Reason: "the root " + root + " is not a directory", Advice: rootAdvice}
	}
	return &Host{root: root, timeout: o.Timeout}, nil
}

// Root returns the folder that the host was opened with.
func (h *Host) Root() string { return h.root }

// Recover completes what an earlier run left, if there is anything and no other
// run is at work. It returns nil, and has done nothing, while another run is at work
// or a write of the earlier run still waits in the kernel. Verbs that move devices do
// so by themselves.
func (h *Host) Recover(ctx context.Context, report func(Event)) error {
	if err := h.Look().engine(newReporter(report)).Recover(ctx); err != nil {
		return within("what an earlier run left could not be completed", err)
	}
	return nil
}

// ConnectInterrupts has Xen connect the legacy interrupts of devices that were given back to a
// PVH dom0 before a driver had requested them (CodeInterruptLater), and that a driver has
// requested since. It returns these devices, and how many still wait for a driver, or for the
// end of another run. If nothing waits, it looks for a folder and does nothing else.
func (h *Host) ConnectInterrupts(ctx context.Context, report func(Event)) (connected []pci.Address, waiting int, err error) {
	connected, waiting, err = h.Look().engine(newReporter(report)).ConnectLate(ctx)
	if err != nil {
		return connected, waiting, within("the interrupts of devices that were given back could not be connected", err)
	}
	return connected, waiting, nil
}

// Look returns a view of the host as it is now. Each fact is read when a verb
// first needs it, and not again unless the verb has changed it.
func (h *Host) Look() *View {
	return &View{host: h, fs: sysfs.New(h.root)}
}

// ThisMachine reports whether the host is the machine that this program runs on.
func (h *Host) ThisMachine() bool { return sysfs.New(h.root).Real() }

// Name returns the machine's name in the network; "" where it cannot be read.
func (h *Host) Name() string {
	name, err := sysfs.New(h.root).Attribute("/proc/sys/kernel/hostname")
	if err != nil {
		return ""
	}
	return name
}

// Unfinished reports whether an earlier run left something that Recover would
// look at. It costs one look at one folder.
func (h *Host) Unfinished() bool { return engine.AnythingLeft(sysfs.New(h.root)) }
