// Package engine carries plans out: it takes the lock by which commands take
// turns, keeps the journal, moves devices side by side, tells xenstore and the
// hypervisor, looks at the result, and ends first what an earlier run left.
package engine

import (
	"context"
	"errors"
	"time"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// DefaultTimeout is how long a write may wait in the kernel before it is given
// up. Slow drivers were seen to need two seconds, a reset of an NVMe drive
// under load more.
const DefaultTimeout = 60 * time.Second

// Store is what the engine uses of xenstore. xenstore.Client is one.
type Store interface {
	Read(ctx context.Context, path string) (string, error)
	Write(ctx context.Context, path, value string) error
	Remove(ctx context.Context, path string) error
	Directory(ctx context.Context, path string) ([]string, error)
	DomainIntroduced(ctx context.Context, domain uint16) (bool, error)
	Close() error
}

// Hypervisor is what the engine asks of Xen. domctl.Hypervisor is one.
type Hypervisor interface {
	Quarantine(a pci.Address) error
	Release(a pci.Address) error
	DomainExists(domain uint16) (bool, error)
	Close() error
}

// Engine acts on the devices below one root. Its fields are set before the
// first call and not changed after; its methods may run in several goroutines,
// which then take turns by the lock as processes do.
type Engine struct {
	FS      sysfs.FS
	Timeout time.Duration // of each write and each program; DefaultTimeout if 0

	// The ways to the outside, which New sets for this machine.
	OpenStore      func(ctx context.Context) (Store, error)                         // nil, nil where no xenstored is
	OpenXen        func() (Hypervisor, error)                                       // nil, nil where no hypervisor can be asked
	OpenAttributes func() (attribute.Access, error)                                 // by other processes
	Program        func(ctx context.Context, wait time.Duration, a ...string) error // runs modprobe and xl

	// What the engine says while it works. Both may be nil, and are called
	// from several goroutines at once.
	Progress func(a pci.Address, text string)
	Warn     func(text string)
}

// New returns an engine for the tree below root. Below any but the machine's
// own root it runs no program and asks no hypervisor.
func New(root string) *Engine {
	e := &Engine{FS: sysfs.New(root), Timeout: DefaultTimeout}
	e.OpenStore = e.dialStore
	e.OpenXen = func() (Hypervisor, error) { return &lazyXen{fs: e.FS}, nil }
	e.OpenAttributes = func() (attribute.Access, error) {
		process, err := attribute.Start()
		if err != nil {
			return nil, err
		}
		return process.Within(e.FS, e.Timeout), nil
	}
	e.Program = program.Run
	if !e.FS.Real() {
		e.Program = func(_ context.Context, _ time.Duration, args ...string) error {
			return &program.Error{Args: args, Err: errors.New("not run for another root than this machine's own")}
		}
	}
	return e
}

func (e *Engine) progress(a pci.Address, text string) {
	if e.Progress != nil {
		e.Progress(a, text)
	}
}

func (e *Engine) warn(text string) {
	if e.Warn != nil {
		e.Warn(text)
	}
}
