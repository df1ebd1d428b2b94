package domctl

import (
	"errors"
	"fmt"
	"syscall"
)

// DomainExists reports whether the domain exists and may still have devices. It
// returns true for a domain that is being destroyed until Xen has released its
// resources. It returns false for a domain whose ID exists only because others
// still map its pages (XEN_DOMINF_dying; xl list shows it without a name): it no
// longer has devices.
//
// The error wraps a syscall.Errno or hypercall.ErrInterface.
func (h *Hypervisor) DomainExists(id uint16) (bool, error) {
	if id >= firstReserved {
		return false, nil
	}
	answer, err := h.ask(request{cmd: cmdGetDomainInfo, domain: id})
	if errors.Is(err, syscall.ESRCH) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("domain %d: cannot ask Xen whether it exists: %w", id, err)
	}
	// If no domain has this ID, an older Xen describes the next one.
	info := decodeDomainInfo(answer)
	return info.domain == id && !info.dead, nil
}
