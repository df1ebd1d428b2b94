package fakekernel

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Host is one process's view of a fake machine. It may be shared between
// goroutines, and several Hosts, in several processes, may share one tree.
type Host struct {
	Root string // the directory that is the machine's /

	mu       sync.Mutex
	faults   []*armed
	faultErr error // from parsing the environment's faults; every write returns it
	writes   []Written
	released chan struct{}
}

// Written is a completed write.
type Written struct {
	Name  string
	Value string
	Errno syscall.Errno // 0 if it succeeded
}

// Open returns a Host for an unpacked tree. It reads faults from XENPCI_FAKE_FAULT; if they
// are malformed, every write returns that error.
func Open(root string) *Host {
	h := &Host{Root: filepath.Clean(root), released: make(chan struct{})}
	faults, err := ParseFaults(os.Getenv(FaultVariable))
	h.faultErr = err
	h.Inject(faults...)
	return h
}

// FS returns the tree for reading.
func (h *Host) FS() sysfs.FS { return sysfs.New(h.Root) }

// Writes returns the completed writes of this Host, in the order of their completion. It
// does not include a write that hangs or kills the process.
func (h *Host) Writes() []Written {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Written(nil), h.writes...)
}

// locked calls f while no other process or goroutine changes the tree.
func (h *Host) locked(f func(k *kernel) error) error {
	fd, err := syscall.Open(filepath.Join(h.Root, hidden, "lock"), syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	for {
		err = syscall.Flock(fd, syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return err
	}
	k := &kernel{tree: tree{root: h.Root}}
	k.resume()
	err = f(k)
	if k.err != nil {
		return k.err
	}
	return err
}
