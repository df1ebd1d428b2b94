package domctl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/pkg/pci"
)

const (
	// hypercallPhysdev is __HYPERVISOR_physdev_op of xen.h.
	hypercallPhysdev = 33
	// physdevMapPirq is PHYSDEVOP_map_pirq of physdev.h. It has no interface version.
	physdevMapPirq = 13
	// mapSize is the size of struct physdev_map_pirq.
	mapSize = 40
	// mapGSI is MAP_PIRQ_TYPE_GSI.
	mapGSI = 1
	// domainSelf is DOMID_SELF.
	domainSelf = 0x7ff0
	// domainHardware is dom0's number. If Xen gave the hardware to another domain, this
	// program would not run in dom0.
	domainHardware = 0
)

// ErrNoGSI means that the kernel does not tell the interrupt of a device: it does not run as a
// PVH dom0, or it is too old to be asked, or pciback does not have the device, or the device has
// no legacy interrupt.
var ErrNoGSI = errors.New("the kernel does not tell the interrupt of the device")

// GSI returns the global system interrupt that pciback set up for a device that it has, in a
// PVH dom0. The error wraps hypercall.ErrAbsent or ErrNoGSI.
func (h *Hypervisor) GSI(a pci.Address) (uint32, error) {
	number, ok := sbdf(a)
	if !ok {
		return 0, fmt.Errorf("%s: %w (%s)", a, ErrNoGSI, errnoName(syscall.ERANGE))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	gsi, errno := h.gsi(number)
	if errno != 0 {
		return 0, fmt.Errorf("%s: %w (%s)", a, ErrNoGSI, errnoName(errno))
	}
	return gsi, nil
}

// Connect has Xen deliver a global system interrupt to a PVH dom0, under the same number. It is
// no error if Xen does so already. A driver of dom0 must have requested the interrupt before: only
// then does dom0's I/O APIC tell Xen whether the interrupt is level-triggered, and a hypervisor
// that was built for debugging stops if it does not (pt_irq_create_bind in
// xen/drivers/passthrough/x86/hvm.c). The error wraps a syscall.Errno or hypercall.ErrInterface.
func (h *Hypervisor) Connect(gsi uint32) error {
	h.mu.Lock()
	errno := h.physdev(physdevMapPirq, encodeMap(gsi))
	h.mu.Unlock()
	if errno != 0 {
		return fmt.Errorf("map interrupt %d: %w", gsi, errno)
	}
	if _, err := h.ask(request{cmd: cmdBindInterrupt, domain: domainHardware, interrupt: gsi}); err != nil {
		return fmt.Errorf("bind interrupt %d: %w", gsi, err)
	}
	return nil
}

// encodeMap returns struct physdev_map_pirq, which asks for the same number in dom0.
func encodeMap(gsi uint32) []byte {
	b := make([]byte, mapSize)
	binary.NativeEndian.PutUint16(b[0:], domainSelf)
	binary.NativeEndian.PutUint32(b[4:], mapGSI)
	binary.NativeEndian.PutUint32(b[8:], gsi)
	binary.NativeEndian.PutUint32(b[12:], gsi)
	return b
}

// interrupts are the ways to the interrupts of a machine.
type interrupts struct {
	physdev func(command uint64, argument []byte) syscall.Errno // makes a physdev_op hypercall
	gsi     func(sbdf uint32) (uint32, syscall.Errno)           // asks the kernel
}

func interruptsOf(x *hypercall.Xen) interrupts {
	return interrupts{
		physdev: func(command uint64, argument []byte) syscall.Errno {
			copy(x.Memory(), argument)
			_, errno := x.Call(hypercallPhysdev, command, x.Address(0))
			return errno
		},
		gsi: x.GSI,
	}
}
