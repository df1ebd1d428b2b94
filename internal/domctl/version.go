package domctl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// interfaceVersion is a XEN_DOMCTL_INTERFACE_VERSION, and the first minor release
// of Xen 4 that has it.
type interfaceVersion struct {
	minor   int
	version uint32
}

// knownVersions returns the interface versions that have the requests of
// request.go, the newest first. Another version may have moved a field, so it is
// not tried. The headers of versions 0xf, 0x10, 0x12, 0x15 and 0x17 were compared,
// and the last three were tested on Xen 4.14, 4.17 and 4.20. The releases decide
// only the order in which the versions are tried.
func knownVersions() []interfaceVersion {
	return []interfaceVersion{
		{minor: 19, version: 0x17},
		{minor: 18, version: 0x16},
		{minor: 17, version: 0x15},
		{minor: 16, version: 0x14},
		{minor: 15, version: 0x13},
		{minor: 13, version: 0x12},
		{minor: 12, version: 0x11},
		{minor: 11, version: 0x10},
		{minor: 10, version: 0x0f},
	}
}

// likeliest returns all known versions. The version of the running Xen comes
// first, if /sys/hypervisor/version is readable.
func likeliest(fs sysfs.FS) []uint32 {
	known := knownVersions()
	versions := make([]uint32, len(known))
	for i, k := range known {
		versions[i] = k.version
	}
	if minor, ok := runningMinor(fs); ok {
		i := slices.IndexFunc(known, func(k interfaceVersion) bool { return k.minor <= minor })
		toFront(versions, max(i, 0))
	}
	return versions
}

// toFront moves version i to the front; the others keep their order.
func toFront(versions []uint32, i int) {
	version := versions[i]
	copy(versions[1:i+1], versions[:i])
	versions[0] = version
}

// runningMinor returns the minor version of the running Xen 4, 17 for Xen 4.17.
func runningMinor(fs sysfs.FS) (int, bool) {
	v, ok := hypervisor.ReadVersion(fs)
	return v.Minor, ok && v.Major == 4
}

func versionNames(versions []uint32) string {
	names := make([]string, len(versions))
	for i, version := range versions {
		names[i] = fmt.Sprintf("%#x", version)
	}
	return strings.Join(names, ", ")
}
