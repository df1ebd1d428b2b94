package engine

import (
	"sync"

	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// lazyXen is a Hypervisor that is opened when it is first used. Where there is
// none, every question has the error hypercall.ErrAbsent.
type lazyXen struct {
	fs sysfs.FS

	mu     sync.Mutex
	opened bool
	xen    *domctl.Hypervisor
	err    error
}

func (x *lazyXen) open() (*domctl.Hypervisor, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.opened {
		x.opened = true
		x.xen, x.err = domctl.Open(x.fs)
	}
	return x.xen, x.err
}

// Quarantine is domctl's.
func (x *lazyXen) Quarantine(a pci.Address) error {
	xen, err := x.open()
	if err != nil {
		return err
	}
	return xen.Quarantine(a)
}

// Release is domctl's.
func (x *lazyXen) Release(a pci.Address) error {
	xen, err := x.open()
	if err != nil {
		return err
	}
	return xen.Release(a)
}

// DomainExists is domctl's.
func (x *lazyXen) DomainExists(domain uint16) (bool, error) {
	xen, err := x.open()
	if err != nil {
		return false, err
	}
	return xen.DomainExists(domain)
}

// GSI is domctl's.
func (x *lazyXen) GSI(a pci.Address) (uint32, error) {
	xen, err := x.open()
	if err != nil {
		return 0, err
	}
	return xen.GSI(a)
}

// Connect is domctl's.
func (x *lazyXen) Connect(gsi uint32) error {
	xen, err := x.open()
	if err != nil {
		return err
	}
	return xen.Connect(gsi)
}

// Close closes what was opened.
func (x *lazyXen) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.xen == nil {
		return nil
	}
	return x.xen.Close()
}
