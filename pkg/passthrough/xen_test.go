package passthrough

import (
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestQuarantine(t *testing.T) {
	hidden := pciback.State{Driver: pciback.Name}
	for _, test := range []struct {
		name   string
		device engine.DeviceStatus
		iommu  IOMMUPresence
		want   Quarantine
	}{
		{"in dom0", engine.DeviceStatus{State: pciback.State{Driver: "e1000"}, Quarantine: true}, IOMMUPresent, ""},
		{"Xen took it", engine.DeviceStatus{State: hidden, Quarantine: true}, IOMMUPresent, QuarantineEntered},
		{"Xen took it, by what is not seen here", engine.DeviceStatus{State: hidden, Quarantine: true}, IOMMUUnknown, QuarantineEntered},
		{"nobody noted it", engine.DeviceStatus{State: hidden}, IOMMUPresent, QuarantineUnknown},
		{"no IOMMU", engine.DeviceStatus{State: hidden}, IOMMUAbsent, QuarantineNoIOMMU},
		{"a guest has it", engine.DeviceStatus{State: hidden, Quarantine: true, Guest: &pciback.Guest{ID: 3}}, IOMMUPresent, QuarantineGuest},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := quarantineOf(test.device, test.iommu); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
