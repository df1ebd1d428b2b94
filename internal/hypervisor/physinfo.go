package hypervisor

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// sysctlPhysinfo is a command of struct xen_sysctl.
const sysctlPhysinfo = 3

const (
	// firstPhysinfo is the first version of the interface in which struct
	// xen_sysctl_physinfo has its capabilities after cpu_khz, and the capabilities
	// have today's numbers (Xen 4.14).
	firstPhysinfo = 0x13
	// physinfoCapabilities is where they are in the request.
	physinfoCapabilities = 8 + 7*4
)

// Capabilities is what the running Xen can do on this machine (XEN_SYSCTL_PHYSCAP_*).
type Capabilities uint32

// The capabilities that are used here.
const (
	HVM   Capabilities = 1 << 0 // guests with hardware virtualization: HVM and PVH
	PV    Capabilities = 1 << 1 // PV guests
	IOMMU Capabilities = 1 << 2 // Xen uses an IOMMU
	HAP   Capabilities = 1 << 3 // page tables of guests in hardware: EPT, NPT
)

// ErrOld means that this Xen is too old for a question.
var ErrOld = errors.New("this Xen is older than 4.14")

// Capabilities returns what the running Xen can do. The error wraps a syscall.Errno,
// hypercall.ErrInterface or ErrOld.
func (r *Running) Capabilities() (Capabilities, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer, err := r.ask(sysctlPhysinfo, func([]byte) {})
	if err != nil {
		return 0, fmt.Errorf("physinfo: %w", err)
	}
	if binary.NativeEndian.Uint32(answer[4:]) < firstPhysinfo {
		return 0, fmt.Errorf("physinfo: %w", ErrOld)
	}
	return Capabilities(binary.NativeEndian.Uint32(answer[physinfoCapabilities:])), nil
}
