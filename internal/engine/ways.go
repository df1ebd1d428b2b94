package engine

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore"
	"github.com/xenpci/xenpci/pkg/pci"
)

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
	GSI(a pci.Address) (uint32, error)
	Connect(gsi uint32) error
	Close() error
}

// Ways are the ways from an engine to xenstored, the hypervisor, the attributes of sysfs and the
// programs of the system, and the ways to Xen's watchdogs and to the programs that make boot menus
// and initramfs images. This machine's are used unless a context has others.
type Ways struct {
	OpenStore      func(ctx context.Context, f sysfs.FS) (Store, error)                         // nil, nil where no xenstored runs
	OpenXen        func(f sysfs.FS) (Hypervisor, error)                                         // nil, nil where no hypervisor can be asked
	OpenAttributes func(f sysfs.FS, timeout time.Duration) (attribute.Access, error)            // a process of its own
	Run            func(ctx context.Context, f sysfs.FS, wait time.Duration, a ...string) error // runs modprobe and xl

	OpenWatchdogs func(f sysfs.FS) (hypervisor.Watchdogs, error)
	Generators    func(f sysfs.FS, held *os.File) RunFunc // for what makes boot menus and initramfs images
}

// RunFunc runs a program of the system, for at most the time.
type RunFunc = func(ctx context.Context, wait time.Duration, args ...string) error

type waysKey struct{}

// WithWays returns a context in which engines take these ways. It is for tests.
func WithWays(ctx context.Context, w *Ways) context.Context {
	return context.WithValue(ctx, waysKey{}, w)
}

// ways returns the ways that a context has, or this machine's.
func ways(ctx context.Context) *Ways {
	if w, ok := ctx.Value(waysKey{}).(*Ways); ok {
		return w
	}
	return &Ways{OpenStore: DialStore, OpenXen: openXen, OpenAttributes: startAttributes, Run: runProgram, OpenWatchdogs: hypervisor.OpenWatchdogs, Generators: generators}
}

// OpenAttributes opens the way to the attributes of sysfs that a run would have.
func OpenAttributes(ctx context.Context, f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
	return ways(ctx).OpenAttributes(f, timeout)
}

// Watchdogs returns what opens the way to Xen's watchdogs.
func Watchdogs(ctx context.Context) func(f sysfs.FS) (hypervisor.Watchdogs, error) {
	return ways(ctx).OpenWatchdogs
}

// Generators returns what runs the programs that make boot menus and initramfs images. They
// inherit held, a lock, which may be nil. It is nil where none can run: for a root other than this
// machine's own, whose files they would not use.
func Generators(ctx context.Context, f sysfs.FS, held *os.File) RunFunc {
	return ways(ctx).Generators(f, held)
}

func generators(f sysfs.FS, held *os.File) RunFunc {
	if !f.Real() {
		return nil
	}
	return func(ctx context.Context, wait time.Duration, args ...string) error {
		return program.RunGroup(ctx, wait, held, args...)
	}
}

// DialStore connects to xenstored. It returns nil and no error where none runs, as
// before the toolstack starts.
func DialStore(ctx context.Context, f sysfs.FS) (Store, error) {
	client, err := xenstore.Dial(ctx, f)
	if errors.Is(err, xenstore.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return client, nil
}

func openXen(f sysfs.FS) (Hypervisor, error) { return &lazyXen{fs: f}, nil }

func startAttributes(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
	process, err := attribute.Start()
	if err != nil {
		return nil, err
	}
	return process.Within(f, timeout), nil
}

// runProgram runs a program of this machine. It refuses to for another root, whose
// files the program would not use.
func runProgram(ctx context.Context, f sysfs.FS, wait time.Duration, args ...string) error {
	if !f.Real() {
		return &program.Error{Args: args, Err: errors.New("not run for a root other than this machine's own")}
	}
	return program.Run(ctx, wait, args...)
}
