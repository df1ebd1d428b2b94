package hypervisor

import "github.com/xenpci/xenpci/internal/sysfs"

// The kinds of domain, as the kernel names the one that it runs in (drivers/xen/sys-hypervisor.c).
const (
	typePV  = "PV"
	typePVH = "PVH"
	typeHVM = "HVM"
)

// GuestType returns which kind of domain the kernel runs in: "PV", "PVH" or "HVM"; "" where that
// cannot be read: the kernel does not run under Xen, or it is older than 4.13.
func GuestType(fs sysfs.FS) string {
	switch text, _ := fs.Attribute("/sys/hypervisor/guest_type"); text {
	case typePV, typePVH, typeHVM:
		return text
	}
	return ""
}

// Runs reports whether the kernel runs under Xen: xenfs and sysfs have their folders.
func Runs(fs sysfs.FS) bool {
	return fs.Exists("/proc/xen") || fs.Exists("/sys/hypervisor/properties/features")
}

// PVH reports whether the kernel runs in a PVH domain.
func PVH(fs sysfs.FS) bool { return GuestType(fs) == typePVH }
