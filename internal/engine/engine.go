// Package engine carries plans out: it takes the lock by which commands take
// turns, keeps the journal, moves devices side by side, tells xenstore and the
// hypervisor, looks at the result, and ends first what an earlier run left.
package engine

import (
	"context"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// DefaultTimeout is how long a write may wait in the kernel before it is given
// up. Slow drivers were seen to need two seconds, a reset of an NVMe drive
// under load more.
const DefaultTimeout = 60 * time.Second

// Engine acts on the devices below one root. Its fields are set before the
// first call and not changed after; its methods may run in several goroutines,
// which then take turns by the lock as processes do.
type Engine struct {
	FS      sysfs.FS
	Timeout time.Duration // of each write and each program; more than 0

	// Begun is called when a run has its turn, before it looks at anything: other
	// runs may have moved devices while it waited. It may be nil.
	Begun func()

	// Taking is called when a run is about to take devices from their drivers. stuck are
	// devices on which a write of an earlier run waits. It may be nil.
	Taking func(ctx context.Context, devices, stuck []pci.Address)

	// Had reports whether a device had an interface or a disk when dom0 had it last. It is
	// called from several goroutines, and may be nil.
	Had func(pci.Address) bool

	// Guard returns what dom0 needs. It is called from several goroutines.
	Guard func() *graph.Graph

	// What the engine reports while it works. Both may be nil, and are called
	// from several goroutines at once.
	Progress func(a pci.Address, text string) // text is "" when the work on a device is over
	Warn     func(Warning)
}

func (e *Engine) progress(a pci.Address, text string) {
	if e.Progress != nil {
		e.Progress(a, text)
	}
}
