// Package hypervisor reads what the kernel shows of the Xen below it, and asks the running
// Xen itself: its version, its command line, its console ring.
package hypervisor

import (
	"fmt"
	"strconv"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Version is a version of Xen: 4.17.5.
type Version struct {
	Major, Minor int
	Extra        string // what follows the two numbers: ".5", "-rc2"
}

// String returns the version as Xen prints it: "4.17.5".
func (v Version) String() string { return fmt.Sprintf("%d.%d%s", v.Major, v.Minor, v.Extra) }

// folder has a file for each part (drivers/xen/sys-hypervisor.c).
const folder = "/sys/hypervisor/version/"

// ReadVersion returns the version of the running Xen; false where it cannot be read: the
// kernel does not run under Xen, or it was built without CONFIG_XEN_SYS_HYPERVISOR.
func ReadVersion(fs sysfs.FS) (v Version, ok bool) {
	for name, number := range map[string]*int{"major": &v.Major, "minor": &v.Minor} {
		text, err := fs.Attribute(folder + name)
		if err != nil {
			return Version{}, false
		}
		if *number, err = strconv.Atoi(text); err != nil {
			return Version{}, false
		}
	}
	v.Extra, _ = fs.Attribute(folder + "extra") // without it the version is shorter
	return v, true
}

// AtLeast reports whether the version is this one or a later one.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Tested returns the newest version that the tests have booted (docs/xen-matrix.md), without
// what follows the two numbers.
func Tested() Version { return Version{Major: 4, Minor: 20} }

// RunningMinor returns the minor version of the running Xen 4, 17 for Xen 4.17; -1
// where that cannot be read, and for another major version.
func RunningMinor(fs sysfs.FS) int {
	if v, ok := ReadVersion(fs); ok && v.Major == 4 {
		return v.Minor
	}
	return -1
}
