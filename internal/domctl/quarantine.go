package domctl

import (
	"errors"
	"syscall"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Quarantine gives the device to dom_io: from now on its DMA reaches nothing.
// One that is there already stays, without an error. The error is an *Error.
func (h *Hypervisor) Quarantine(a pci.Address) error {
	return h.onDevice("quarantine", a, request{cmd: cmdAssignDevice, domain: domainIO, flags: flagRelaxed})
}

// Release takes the device out of the quarantine and gives it back to dom0.
// One that dom_io does not own gives ErrNotQuarantined: dom0 has it, or a
// guest has, or Xen does not know it. The error is an *Error.
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

// meaning is what an errno of Xen says about an assignment to dom_io or its
// end; nil where it says nothing particular (xen/common/domctl.c,
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
