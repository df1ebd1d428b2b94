package domctl

import (
	"errors"
	"fmt"
	"syscall"
)

// DomainExists says whether the domain is there and can still use what it has
// been given. One that is being destroyed counts until Xen has taken
// everything from it; after that only pages that others map keep its number
// alive (XEN_DOMINF_dying, which xl list shows as a domain without a name),
// and it counts no longer: its devices are gone from it.
//
// The error wraps a syscall.Errno or ErrInterface.
func (h *Hypervisor) DomainExists(id uint16) (bool, error) {
	if id >= firstReserved {
		return false, nil
	}
	answer, err := h.ask(request{cmd: cmdGetDomainInfo, domain: id})
	if errors.Is(err, syscall.ESRCH) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("domain %d: asking Xen whether it exists: %w", id, err)
	}
	// For a number that is free an older Xen describes the next domain.
	info := decodeDomainInfo(answer)
	return info.domain == id && !info.dead, nil
}
