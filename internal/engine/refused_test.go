package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// TestRefused asks what is not to be hidden at a boot: of devices together, of
// what is declared already, and of what pciback never holds.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name, archive   string
		devices, others []string
		without         []string // files that are not there
		want            []string // of those that are refused
	}{
		{name: "one leg of a mirror", archive: "guard-disks", devices: []string{"02:00.0"}},
		{name: "both legs", archive: "guard-disks", devices: []string{"02:00.0", "00:05.0"}, want: []string{"0000:02:00.0", "0000:00:05.0"}},
		{name: "the other leg is declared", archive: "guard-disks", devices: []string{"00:05.0"}, others: []string{"02:00.0"}, want: []string{"0000:00:05.0"}},
		{
			name: "both legs, and neither pciback nor Xen", archive: "guard-disks", devices: []string{"02:00.0", "00:05.0"},
			without: []string{"proc/xen", "sys/hypervisor", "sys/bus/pci/drivers/pciback"}, want: []string{"0000:02:00.0", "0000:00:05.0"},
		},
		{name: "behind a VMD controller", archive: "laptop", devices: []string{"10000:e1:00.0"}, want: []string{"10000:e1:00.0"}},
		{name: "what cannot be hidden costs dom0 nothing", archive: "laptop", devices: []string{"00:14.3"}, others: []string{"10000:e1:00.0"}},
		{name: "a CardBus bridge", archive: "desktop", devices: []string{"04:01.0"}, want: []string{"0000:04:01.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := unpack(t, test.archive)
			for _, name := range test.without {
				must(t, os.RemoveAll(filepath.Join(m.Root, name)))
			}
			var got []string
			for _, r := range m.Refused(m.devices(t, parsed(t, test.devices)...), m.devices(t, parsed(t, test.others)...)...) {
				got = append(got, r.Device.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefusedHidden has nothing to say of what is hidden already.
func TestRefusedHidden(t *testing.T) {
	m := unpack(t, "qemu")
	m.hide(t, nine)
	if refused := m.Refused(m.devices(t, nine), m.devices(t, ten)...); len(refused) > 0 {
		t.Errorf("refused: %+v", refused)
	}
}

func (m machine) devices(t *testing.T, addresses ...pci.Address) []pci.Device {
	t.Helper()
	devices, err := pci.Read(m.Root, addresses, pci.WithDriver)
	must(t, err)
	return devices
}

func parsed(t *testing.T, texts []string) []pci.Address {
	var all []pci.Address
	for _, text := range texts {
		a, err := pci.ParseAddress(text)
		must(t, err)
		all = append(all, a)
	}
	return all
}
