package domctl

import (
	"errors"
	"syscall"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Quarantine assigns the device to dom_io: from then on its DMA reaches no memory.
// It is not an error if the device is there already. The error is an *Error.
func (h *Hypervisor) Quarantine(a pci.Address) error {
	return h.onDevice("quarantine", a, request{cmd: cmdAssignDevice, domain: domainIO, flags: flagRelaxed})
}

// Release takes the device out of quarantine and returns it to dom0. The error is
// an *Error. It wraps ErrNotQuarantined if dom_io does not own the device: dom0 or
// a guest has it, or Xen does not know it.
func (h *Hypervisor) Release(a pci.Address) error {
	return h.onDevice("release", a, request{cmd: cmdDeassignDevice, domain: domainIO})
}

func (h *Hypervisor) onDevice(op string, a pci.Address, r request) error {
	var ok bool
	if r.sbdf, ok = sbdf(a); !ok {
		return &Error{Op: op, Address: a, Errno: syscall.ERANGE, cause: ErrAddress}
	}
	_, err := h.ask(r)
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return &Error{Op: op, Address: a, Errno: syscall.EACCES, cause: err}
	}
	return &Error{Op: op, Address: a, Errno: errno, cause: meaning(op, errno)}
}

// meaning returns the sentinel for an errno of an assignment to dom_io or of its
// end; nil if the errno has no particular meaning (xen/common/domctl.c,
// xen/drivers/passthrough/{iommu,pci}.c).
func meaning(op string, errno syscall.Errno) error {
	switch errno {
	case syscall.EOPNOTSUPP, syscall.ENOSYS:
		// ENOSYS up to Xen 4.12, EOPNOTSUPP since.
		return ErrNoIOMMU
	case syscall.ESRCH:
		// dom_io can own devices since Xen 4.13 and the fix of XSA-302.
		return ErrNoQuarantine
	case syscall.ENODEV:
		if op == "release" {
			return ErrNotQuarantined
		}
		return ErrUnknownDevice
	case syscall.EBUSY:
		return ErrInUse
	}
	return nil
}
