// Package domctl quarantines PCI devices, releases them, and checks whether a
// domain exists. It uses the hypercalls of Xen's toolstack.
//
// A quarantined device belongs to Xen's pseudo domain dom_io: its DMA reaches no
// domain's memory, not even dom0's. This is what xl pci-assignable-add and -remove
// do besides binding (tools/libs/light/libxl_pci.c). A hypercall takes
// microseconds; starting xl takes a tenth of a second (measured on Xen 4.17).
//
// The interface is that of Xen's public header domctl.h. It has a version, and Xen
// rejects a call of another version with EACCES before it does anything
// (xen/common/domctl.c), so this package tries the known versions in turn.
package domctl

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// privcmdDevice is the device through which processes make hypercalls
// (drivers/xen/privcmd.c).
const privcmdDevice = "/dev/xen/privcmd"

// Hypervisor is an open connection to Xen. It may be shared between goroutines:
// calls take turns. A call cannot be interrupted; Xen answers at once or, if it has
// to wait for the IOMMU, within its own time limit.
type Hypervisor struct {
	mu       sync.Mutex
	call     func(request []byte) syscall.Errno // makes a domctl hypercall; writes Xen's answer into request
	close    func() error
	versions []uint32 // interface versions to try, the likeliest first
}

// Open connects to the hypervisor of this machine. The error is or wraps ErrAbsent
// if fs is not the machine's own root, the machine does not run under Xen, or the
// module xen-privcmd is not loaded.
func Open(fs sysfs.FS) (*Hypervisor, error) {
	if !fs.Real() {
		return nil, fmt.Errorf("%s: %w: a tree below another root has no hypervisor", privcmdDevice, ErrAbsent)
	}
	p, err := openPrivcmd(fs)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENXIO) {
		return nil, fmt.Errorf("%s: %w: this is not a Xen dom0, or the module xen-privcmd is not loaded", privcmdDevice, ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	return &Hypervisor{call: p.domctl, close: p.close, versions: likeliest(fs)}, nil
}

// Close closes the device and frees its buffer. Later calls fail with EBADF.
func (h *Hypervisor) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.call = func([]byte) syscall.Errno { return syscall.EBADF }
	closing := h.close
	h.close = func() error { return nil }
	return closing()
}

// ask makes one call with the first interface version that Xen accepts, and tries
// that version first from then on. The returned bytes hold the answer.
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
