// Package domctl asks Xen itself, through the hypercalls of its toolstack, to
// quarantine a PCI device and to take it out again, and whether a domain
// exists.
//
// A quarantined device belongs to Xen's pseudo domain dom_io: its DMA reaches
// nobody's memory, dom0's neither. That is what xl pci-assignable-add and
// -remove do besides binding (tools/libs/light/libxl_pci.c); one hypercall
// costs microseconds where a process of xl costs a tenth of a second (measured
// on Xen 4.17).
//
// The interface is Xen's public header domctl.h. It carries a version, and Xen
// refuses a call of another version with EACCES before it does anything
// (xen/common/domctl.c), so known versions are simply tried.
package domctl

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// privcmdDevice is the kernel's way to Xen: drivers/xen/privcmd.c.
const privcmdDevice = "/dev/xen/privcmd"

// Hypervisor is an open way to Xen. It may be shared between goroutines: calls
// take turns. A call cannot be interrupted; Xen answers at once or, where the
// IOMMU has to be waited for, within its own bounds.
type Hypervisor struct {
	mu       sync.Mutex
	call     func(request []byte) syscall.Errno // a domctl; writes Xen's answer into request
	close    func() error
	versions []uint32 // interface versions to try, the likeliest first
}

// Open opens the way to the hypervisor below which this machine runs. It
// returns ErrAbsent where there is none: fs is not the machine's own root, the
// machine does not run under Xen, or module xen-privcmd is not loaded.
func Open(fs sysfs.FS) (*Hypervisor, error) {
	if !fs.Real() {
		return nil, fmt.Errorf("%s: %w: another root has no hypervisor", privcmdDevice, ErrAbsent)
	}
	p, err := openPrivcmd(fs)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENXIO) {
		return nil, fmt.Errorf("%s: %w: not a Xen dom0, or module xen-privcmd is not loaded", privcmdDevice, ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	return &Hypervisor{call: p.domctl, close: p.close, versions: likeliest(fs)}, nil
}

// Close gives the device and its buffer back. Calls after it fail with EBADF.
func (h *Hypervisor) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.call = func([]byte) syscall.Errno { return syscall.EBADF }
	closing := h.close
	h.close = func() error { return nil }
	return closing()
}

// ask makes one call in the interface version that Xen understands, and begins
// with that one from then on. The answer is in the returned bytes.
func (h *Hypervisor) ask(r request) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, version := range h.versions {
		buf := r.encode(version)
		errno := h.call(buf)
		if errno == syscall.EACCES {
			continue
		}
		toFront(h.versions, i)
		if errno != 0 {
			return nil, errno
		}
		return buf, nil
	}
	return nil, fmt.Errorf("%w: tried %s", ErrInterface, versionNames(h.versions))
}
