// Package domctl quarantines PCI devices, releases them, connects their interrupts to a
// PVH dom0, and checks whether a domain exists. It uses the hypercalls of Xen's toolstack.
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
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// hypercallDomctl is __HYPERVISOR_domctl of xen.h.
const hypercallDomctl = 36

// Hypervisor is an open connection to Xen. It may be shared between goroutines:
// calls take turns. A call cannot be interrupted; Xen answers at once or, if it has
// to wait for the IOMMU, within its own time limit.
type Hypervisor struct {
	mu   sync.Mutex
	call func(request []byte) syscall.Errno // makes a domctl hypercall; writes Xen's answer into request
	interrupts
	close    func() error
	versions *hypercall.Versions
}

// Open connects to the hypervisor of this machine. The error is or wraps
// hypercall.ErrAbsent if fs is not the machine's own root, the machine does not run
// under Xen, or the module xen-privcmd is not loaded.
func Open(fs sysfs.FS) (*Hypervisor, error) {
	x, err := hypercall.Open(fs, requestSize)
	if err != nil {
		return nil, err
	}
	call := func(request []byte) syscall.Errno {
		copy(x.Memory(), request)
		_, errno := x.Call(hypercallDomctl, x.Address(0))
		copy(request, x.Memory())
		return errno
	}
	return &Hypervisor{call: call, interrupts: interruptsOf(x), close: x.Close, versions: likeliest(fs)}, nil
}

// Close closes the device and frees its buffer. Later calls fail with EBADF.
func (h *Hypervisor) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.call = func([]byte) syscall.Errno { return syscall.EBADF }
	h.physdev = func(uint64, []byte) syscall.Errno { return syscall.EBADF }
	h.gsi = func(uint32) (uint32, syscall.Errno) { return 0, syscall.EBADF }
	closing := h.close
	h.close = func() error { return nil }
	return closing()
}

// ask makes one call with the first interface version that Xen accepts. The returned
// bytes hold the answer.
func (h *Hypervisor) ask(r request) (answer []byte, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err = h.versions.Try(func(version uint32) syscall.Errno {
		answer = r.encode(version)
		return h.call(answer)
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}
