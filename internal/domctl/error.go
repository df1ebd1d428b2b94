package domctl

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/pkg/pci"
)

var (
	// ErrAbsent means that there is no way to a hypervisor.
	ErrAbsent = errors.New("no hypervisor to call")
	// ErrInterface means that Xen speaks no version of the interface that is
	// known here, or that its security policy forbids the call (FLASK answers
	// the same). Xen's own xl knows its version.
	ErrInterface = errors.New("Xen accepts no known version of the toolstack interface")
	// ErrNoIOMMU means that Xen uses no IOMMU, so there is no quarantine: the
	// device can be hidden, and its DMA goes where it wants.
	ErrNoIOMMU = errors.New("Xen uses no IOMMU, so there is no quarantine")
	// ErrNoQuarantine means that this Xen is older than the quarantine.
	ErrNoQuarantine = errors.New("this Xen is older than the quarantine")
	// ErrNotQuarantined means that dom_io does not own the device.
	ErrNotQuarantined = errors.New("the device is not in quarantine")
	// ErrUnknownDevice means that Xen has not been told of the device.
	ErrUnknownDevice = errors.New("Xen does not know the device")
	// ErrInUse means that a guest has the device, or Xen keeps it to itself.
	ErrInUse = errors.New("a guest has the device, or Xen keeps it to itself; detach it or shut the guest down first")
	// ErrAddress means that the interface has no room for the address: PCI
	// domains above ffff exist in Linux only (Intel VMD), not in Xen.
	ErrAddress = errors.New("Xen has no PCI domain above ffff; the devices behind a VMD controller go with the controller")
)

// Error is a refused operation on one device. errors.Is finds the sentinels of
// this package, and the errno.
type Error struct {
	Op      string // "quarantine", "release"
	Address pci.Address
	Errno   syscall.Errno // of the hypercall; EACCES beside ErrInterface, ERANGE beside ErrAddress

	cause error // a sentinel in its context, or nil where the errno says it all
}

// Error names the device first, then what was tried, and the cause last.
func (e *Error) Error() string {
	cause := e.Errno.Error()
	if e.cause != nil {
		cause = e.cause.Error()
	}
	return fmt.Sprintf("%s: %s: %s (%s)", e.Address, e.Op, cause, errnoName(e.Errno))
}

// errnoName is the name that Xen's sources use: x/sys knows number 95 by its
// other one.
func errnoName(errno syscall.Errno) string {
	if errno == syscall.EOPNOTSUPP {
		return "EOPNOTSUPP"
	}
	return unix.ErrnoName(errno)
}

// Unwrap gives the errno and, where it has a meaning here, the sentinel.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Errno}
	}
	return []error{e.cause, e.Errno}
}
