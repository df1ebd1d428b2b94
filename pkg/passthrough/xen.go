package passthrough

import (
	"strings"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/internal/hypervisor"
)

// Xen is what the kernel shows of the hypervisor.
type Xen struct {
	Running bool   `json:"running"`           // this machine runs Xen: /proc/xen or /sys/hypervisor is there
	Version string `json:"version,omitempty"` // "4.17.5", from /sys/hypervisor/version; absent where that cannot be read

	// Dom0 is the kind of domain that this kernel runs in; absent where that is not known.
	Dom0 DomainKind `json:"dom0,omitempty"`

	// NewestTested is the newest version that xenpci was tested on, such as "4.20"; absent
	// unless this one is newer.
	NewestTested string `json:"newest_tested,omitempty"`
}

// DomainKind is a kind of domain.
type DomainKind string

// The kinds of domain that can be dom0.
const (
	DomainPV  DomainKind = "pv"
	DomainPVH DomainKind = "pvh" // Xen was started with dom0=pvh
)

// String returns the kind as Xen's documents write it: "PV", "PVH".
func (k DomainKind) String() string { return strings.ToUpper(string(k)) }

// dom0 returns the kind of domain that this kernel runs in; "" where that is not known.
func (v *View) dom0() DomainKind {
	switch kind := DomainKind(strings.ToLower(hypervisor.GuestType(v.fs))); kind {
	case DomainPV, DomainPVH:
		return kind
	}
	return ""
}

func (v *View) xen() Xen {
	x := Xen{Running: v.underXen(), Dom0: v.dom0()}
	if version, ok := hypervisor.ReadVersion(v.fs); ok {
		x.Version = version.String()
		if tested := hypervisor.Tested(); version.AtLeast(tested.Major, tested.Minor+1) {
			x.NewestTested = tested.String()
		}
	}
	return x
}

// IOMMU is whether the machine has an IOMMU, by which Xen keeps guests with devices apart.
type IOMMU struct {
	Presence IOMMUPresence `json:"presence"`
	Reason   string        `json:"reason,omitempty"` // what that means, or why it is not known
	Advice   string        `json:"advice,omitempty"`
}

// IOMMUPresence is whether there is an IOMMU.
type IOMMUPresence string

// The presences of an IOMMU.
const (
	IOMMUPresent IOMMUPresence = "present"
	IOMMUAbsent  IOMMUPresence = "absent"
	IOMMUUnknown IOMMUPresence = "unknown" // also on Arm
)

func (v *View) iommu() IOMMU {
	is, hint := v.fit().IOMMU()
	i := IOMMU{Presence: IOMMUUnknown, Reason: hint.Reason, Advice: hint.Advice}
	switch is {
	case fit.IOMMUPresent:
		i.Presence = IOMMUPresent
	case fit.IOMMUAbsent:
		i.Presence = IOMMUAbsent
	case fit.IOMMUUndecided:
		if hint.Code == fit.IOMMUUnknown && !v.underXen() {
			i.Reason = "not known while Xen is not running"
		}
	}
	return i
}

// Quarantine is whether a hidden device is in Xen's quarantine, in which its DMA reaches no
// memory.
type Quarantine string

// The answers. Xen itself does not tell.
const (
	QuarantineEntered Quarantine = "entered"  // Xen took it when it was hidden, in this boot
	QuarantineNoIOMMU Quarantine = "no_iommu" // there is none without an IOMMU
	QuarantineGuest   Quarantine = "guest"    // a guest has the device, which takes it out
	QuarantineUnknown Quarantine = "unknown"  // another program hid it, or it was hidden without
)

// quarantineOf returns whether a device is in quarantine; "" for one that is not hidden.
func quarantineOf(d engine.DeviceStatus, i IOMMUPresence) Quarantine {
	switch {
	case !d.State.Hidden():
		return ""
	case d.Guest != nil:
		return QuarantineGuest
	case d.Quarantine:
		return QuarantineEntered
	case i == IOMMUAbsent:
		return QuarantineNoIOMMU
	}
	return QuarantineUnknown
}
