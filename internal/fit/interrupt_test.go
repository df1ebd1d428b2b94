package fit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestInterrupts: only what has a pin and no MSI, and only in a PVH dom0.
func TestInterrupts(t *testing.T) {
	pin, msi, none := make([]byte, 256), make([]byte, 256), make([]byte, 256)
	pin[0x3d], msi[0x3d] = 1, 1
	msi[0x06], msi[0x34], msi[0x40] = 0x10, 0x40, 0x05
	var devices []pci.Device
	for _, address := range []string{"00:09.0", "00:0a.0", "00:0b.0", "00:0c.0"} { // the last has no file
		devices = append(devices, pci.Device{Address: graphtest.Address(t, address), CanReset: true})
	}
	for kind, want := range map[string]map[string][]string{
		"PVH": {"00:09.0": {"legacy_interrupt", "no_interrupts"}, "00:0a.0": {"no_interrupts"}, "00:0b.0": {"no_interrupts"}, "00:0c.0": {"no_interrupts"}},
		"PV":  {},
	} {
		const folder = "/sys/bus/pci/devices/0000:00:"
		root := graphtest.Plant(t, map[string]string{
			"/sys/hypervisor/guest_type": kind + "\n", "/sys/firmware/devicetree/base/model": "Juno\x00",
			folder + "09.0/config": string(pin), folder + "0a.0/config": string(msi), folder + "0b.0/config": string(none),
		})
		m := Scan(root, devices)
		if diff := cmp.Diff(want, hints(m, devices)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}
