package hypervisor

import (
	"encoding/binary"
	"syscall"

	"github.com/xenpci/xenpci/internal/hypercall"
)

// sysctlSize is the size of struct xen_sysctl: command, version, and a union of 128 bytes.
const sysctlSize = 136

// sysctlReadConsole is a command of struct xen_sysctl.
const sysctlReadConsole = 1

// sysctlVersions returns the versions of the interface (XEN_SYSCTL_INTERFACE_VERSION)
// whose headers were read, the newest first. struct xen_sysctl_readconsole is the same
// in all of them.
func sysctlVersions() []hypercall.Version {
	return []hypercall.Version{
		{Minor: 21, Number: 0x16},
		{Minor: 17, Number: 0x15},
		{Minor: 16, Number: 0x14},
		{Minor: 14, Number: 0x13},
		{Minor: 12, Number: 0x12},
		{Minor: 11, Number: 0x11},
		{Minor: 10, Number: 0x10},
		{Minor: 9, Number: 0x0f},
		{Minor: 8, Number: 0x0e},
		{Minor: 7, Number: 0x0d},
		{Minor: 6, Number: 0x0c},
		{Minor: 5, Number: 0x0b},
		{Minor: 3, Number: 0x0a},
		{Minor: 2, Number: 0x09},
		{Minor: 1, Number: 0x08},
		{Minor: 0, Number: 0x07},
	}
}

// ask makes a sysctl of the version that Xen accepts. fill writes what follows the two
// numbers; the answer is in place of the request.
func (r *Running) ask(command uint32, fill func(request []byte)) (answer []byte, err error) {
	request := r.xen.Memory()[:sysctlSize]
	err = r.sysctl.Try(func(version uint32) syscall.Errno {
		clear(request)
		binary.NativeEndian.PutUint32(request[0:], command)
		binary.NativeEndian.PutUint32(request[4:], version)
		fill(request)
		_, errno := r.xen.Call(callSysctl, r.xen.Address(0))
		return errno
	})
	return request, err
}
