package domctl

import (
	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// knownVersions returns the interface versions (XEN_DOMCTL_INTERFACE_VERSION) that
// have the requests of request.go, the newest first. Another version may have moved a
// field, so it is not tried. The headers of versions 0xf, 0x10, 0x12, 0x15, 0x17 and 0x18
// were compared, and 0x12, 0x15 and 0x17 were tested on Xen 4.14, 4.17 and 4.20. The
// releases decide only the order in which the versions are tried.
func knownVersions() []hypercall.Version {
	return []hypercall.Version{
		{Minor: 22, Number: 0x18},
		{Minor: 19, Number: 0x17},
		{Minor: 18, Number: 0x16},
		{Minor: 17, Number: 0x15},
		{Minor: 16, Number: 0x14},
		{Minor: 15, Number: 0x13},
		{Minor: 13, Number: 0x12},
		{Minor: 12, Number: 0x11},
		{Minor: 11, Number: 0x10},
		{Minor: 10, Number: 0x0f},
	}
}

// likeliest returns all known versions. The version of the running Xen comes
// first, if /sys/hypervisor/version is readable.
func likeliest(fs sysfs.FS) *hypercall.Versions {
	return hypercall.Likeliest(knownVersions(), hypervisor.RunningMinor(fs))
}
