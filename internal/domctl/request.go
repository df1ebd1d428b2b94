package domctl

import (
	"encoding/binary"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Commands of struct xen_domctl.
const (
	cmdGetDomainInfo  = 5
	cmdAssignDevice   = 37
	cmdBindInterrupt  = 38 // XEN_DOMCTL_bind_pt_irq
	cmdDeassignDevice = 47
)

const (
	// domainIO is DOMID_IO (xen.h): assigning a device to it quarantines the
	// device.
	domainIO = 0x7ff1
	// firstReserved is DOMID_FIRST_RESERVED (xen.h): no domain has this
	// number or a higher one.
	firstReserved = 0x7ff0
	// flagRelaxed is XEN_DOMCTL_DEV_RDM_RELAXED. Without it Xen refuses a
	// device for which the firmware has reserved memory. xl sets it for the
	// quarantine, where no memory is mapped.
	flagRelaxed = 1

	// requestSize is the size of struct xen_domctl: a header of 16 bytes and a
	// union of 128. From Xen 4.10 to 4.22 neither has changed, nor have the
	// members of the union that are used here.
	requestSize = 144
	unionOffset = 16
	domainLimit = 0xffff // the largest PCI domain that machine_sbdf can hold
)

// request is a call without its interface version.
type request struct {
	cmd    uint32
	domain uint16
	sbdf   uint32 // assign and deassign
	flags  uint32 // assign

	interrupt uint32 // bind
}

// encode returns struct xen_domctl in the machine's byte order. At the beginning of the union
// is the device type XEN_DOMCTL_DEV_PCI, which is 0, or the interrupt. The type of an
// interrupt is PT_IRQ_TYPE_PCI, which is 0; for dom0 Xen ignores bus, device and pin.
func (r request) encode(version uint32) []byte {
	b := make([]byte, requestSize)
	binary.NativeEndian.PutUint32(b[0:], r.cmd)
	binary.NativeEndian.PutUint32(b[4:], version)
	binary.NativeEndian.PutUint16(b[8:], r.domain)
	binary.NativeEndian.PutUint32(b[unionOffset:], r.interrupt)
	binary.NativeEndian.PutUint32(b[unionOffset+4:], r.flags)
	binary.NativeEndian.PutUint32(b[unionOffset+8:], r.sbdf)
	return b
}

// sbdf encodes an address as in machine_sbdf: domain, bus, slot, function. It
// reports whether the address fits.
func sbdf(a pci.Address) (uint32, bool) {
	if a.Domain > domainLimit || !a.Valid() {
		return 0, false
	}
	return a.Domain<<16 | uint32(a.Bus)<<8 | uint32(a.Slot)<<3 | uint32(a.Function), true
}

// domainInfo has the fields of struct xen_domctl_getdomaininfo that are used here.
type domainInfo struct {
	domain uint16
	dead   bool
}

// dyingFlag is XEN_DOMINF_dying: the domain is dead, but others still map its
// memory.
const dyingFlag = 1

func decodeDomainInfo(answer []byte) domainInfo {
	return domainInfo{
		domain: binary.NativeEndian.Uint16(answer[unionOffset:]),
		dead:   binary.NativeEndian.Uint32(answer[unionOffset+4:])&dyingFlag != 0,
	}
}
