package domctl

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/pkg/pci"
)

var (
	// ErrNoIOMMU means that Xen uses no IOMMU, so there is no quarantine: the
	// device can be hidden, but its DMA is unrestricted.
	ErrNoIOMMU = errors.New("Xen uses no IOMMU, so it cannot quarantine the device")
	// ErrNoQuarantine means that this Xen is too old to quarantine devices.
	ErrNoQuarantine = errors.New("this Xen is too old to quarantine devices")
	// ErrNotQuarantined means that dom_io does not own the device.
	ErrNotQuarantined = errors.New("the device is not in quarantine")
	// ErrUnknownDevice means that dom0 has not reported the device to Xen.
	ErrUnknownDevice = errors.New("Xen does not know the device")
	// ErrInUse means that a guest has the device, or Xen reserves it for itself.
	ErrInUse error = &sentinel{
		"a guest has the device, or Xen reserves it for itself",
		"shut the guest down, or take the device from it with 'xl pci-detach'",
	}
	// ErrAddress means that the interface cannot represent the address: PCI
	// domains above ffff exist only in Linux (Intel VMD), not in Xen.
	ErrAddress error = &sentinel{
		"Xen has no PCI domain above ffff",
		"use the VMD controller: the devices behind it go with it",
	}
)

// sentinel is a cause with advice.
type sentinel struct{ reason, advice string }

func (s *sentinel) Error() string { return s.reason + "; " + s.advice }

// Error reports an operation on a device that Xen refused. errors.Is finds the
// sentinels of this package, and the errno.
type Error struct {
	Op      string // "quarantine", "release"
	Address pci.Address
	Errno   syscall.Errno // of the hypercall; EACCES beside ErrInterface, ERANGE beside ErrAddress

	cause error // a sentinel of this package or an error that wraps one; nil if the errno has no particular meaning
}

// Error names the device, the operation, the cause with its errno, and what to do.
func (e *Error) Error() string {
	message := e.Address.String() + ": " + e.Reason()
	if advice := e.Advice(); advice != "" {
		message += "; " + advice
	}
	return message
}

// Reason returns the operation and why Xen refused it.
func (e *Error) Reason() string {
	cause := e.Errno.Error()
	var s *sentinel
	switch {
	case errors.As(e.cause, &s):
		cause = s.reason
	case e.cause != nil:
		cause = e.cause.Error()
	}
	return fmt.Sprintf("%s: %s (%s)", e.Op, cause, errnoName(e.Errno))
}

// Advice returns what to do, or "".
func (e *Error) Advice() string {
	var s *sentinel
	if errors.As(e.cause, &s) {
		return s.advice
	}
	return ""
}

// errnoName returns the errno's name in Xen's sources: x/sys has another name for
// number 95.
func errnoName(errno syscall.Errno) string {
	if errno == syscall.EOPNOTSUPP {
		return "EOPNOTSUPP"
	}
	return unix.ErrnoName(errno)
}

// Unwrap returns the errno and, if it has a meaning here, the sentinel.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Errno}
	}
	return []error{e.cause, e.Errno}
}
