package hypercall

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// ErrInterface means that Xen supports no version of the interface that is
// known here, or that its security policy forbids the call (FLASK returns
// the same errno). Xen's own xl uses the right version.
var ErrInterface = errors.New("Xen accepts no known version of the toolstack interface")

// Version is a version of one of Xen's interfaces, and the first minor release of
// Xen 4 that has it.
type Version struct {
	Minor  int
	Number uint32
}

// Versions are the known versions of an interface, in the order in which they are
// tried. Xen rejects a request of another version with EACCES before it does anything
// (do_domctl, do_sysctl), so they can be tried in turn.
type Versions struct{ numbers []uint32 }

// Likeliest returns the known versions, of which the newest comes first. The one of
// the running Xen 4.minor is tried first; minor is negative where that is not known.
func Likeliest(known []Version, minor int) *Versions {
	v := &Versions{numbers: make([]uint32, len(known))}
	for i, k := range known {
		v.numbers[i] = k.Number
	}
	if minor >= 0 {
		i := slices.IndexFunc(known, func(k Version) bool { return k.Minor <= minor })
		v.toFront(max(i, 0))
	}
	return v
}

// Numbers returns the versions in the order in which they are tried.
func (v *Versions) Numbers() []uint32 { return slices.Clone(v.numbers) }

// Try makes a call with the first version that Xen accepts, and tries that version
// first from then on. The error is the errno of that call, or wraps ErrInterface.
func (v *Versions) Try(call func(version uint32) syscall.Errno) error {
	for i, version := range v.numbers {
		errno := call(version)
		if errno == syscall.EACCES {
			continue
		}
		v.toFront(i)
		if errno != 0 {
			return errno
		}
		return nil
	}
	return fmt.Errorf("%w: tried %s", ErrInterface, strings.Join(v.names(), ", "))
}

// toFront moves version i to the front; the others keep their order.
func (v *Versions) toFront(i int) {
	version := v.numbers[i]
	copy(v.numbers[1:i+1], v.numbers[:i])
	v.numbers[0] = version
}

func (v *Versions) names() []string {
	names := make([]string, len(v.numbers))
	for i, version := range v.numbers {
		names[i] = fmt.Sprintf("%#x", version)
	}
	return names
}
