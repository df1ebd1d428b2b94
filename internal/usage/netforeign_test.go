package usage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// A card of which another network name space has the interface is known by its
// empty folder.
func TestForeign(t *testing.T) {
	const gone = "warn: its network interface is in another network name space, which would lose it"
	root := plant(t, map[string]string{
		"sys/class/net/lo/ifindex":                      "1\n",
		"sys/bus/pci/devices/0000:00:03.0/net/eth0/mtu": "1500\n",
	})
	devices := []pci.Device{
		{Address: addressOf(t, "00:03.0"), Class: 0x020000, Driver: "e1000"},
		{Address: addressOf(t, "00:04.0"), Class: 0x020000, Driver: "e1000"},
		{Address: addressOf(t, "00:06.0"), Class: 0x020000, Driver: driverPciback},
		{Address: addressOf(t, "00:07.0"), Class: 0x020000},
		{Address: addressOf(t, "00:08.0"), Class: 0x010802, Driver: "nvme"},
		{Address: addressOf(t, "00:09.0"), Class: 0x028000, Driver: "ath9k"},
	}
	for _, device := range []string{"0000:00:04.0", "0000:00:06.0", "0000:00:07.0", "0000:00:08.0"} {
		if err := os.MkdirAll(filepath.Join(root, "sys/bus/pci/devices", device, "net"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := &scan{fsys: sysfs.New(root), devices: devices, functions: make(map[pci.Address]*Node), nets: make(map[string]*Node)}
	interfaces(s)
	if diff := cmp.Diff(map[string][]string{"00:04.0": {gone}}, said(newGraph(s.needs, s.facts, s.blind), devices)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
