package network

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// A card whose interface is in another network namespace is known by its
// empty folder.
func TestForeign(t *testing.T) {
	const gone = "warn: net_namespace"
	root := graphtest.Plant(t, map[string]string{
		"sys/class/net/lo/ifindex":                      "1\n",
		"sys/bus/pci/devices/0000:00:03.0/net/eth0/mtu": "1500\n",
	})
	devices := []pci.Device{
		{Address: graphtest.Address(t, "00:03.0"), Class: 0x020000, Driver: "e1000"},
		{Address: graphtest.Address(t, "00:04.0"), Class: 0x020000, Driver: "e1000"},
		{Address: graphtest.Address(t, "00:06.0"), Class: 0x020000, Driver: pciback.Name},
		{Address: graphtest.Address(t, "00:07.0"), Class: 0x020000},
		{Address: graphtest.Address(t, "00:08.0"), Class: 0x010802, Driver: "nvme"},
		{Address: graphtest.Address(t, "00:09.0"), Class: 0x028000, Driver: "ath9k"},
	}
	for _, device := range []string{"0000:00:04.0", "0000:00:06.0", "0000:00:07.0", "0000:00:08.0"} {
		if err := os.MkdirAll(filepath.Join(root, "sys/bus/pci/devices", device, "net"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b := graphtest.Builder(devices)
	Scan(b, sysfs.New(root), devices)
	if diff := cmp.Diff(map[string][]string{"00:04.0": {gone}}, graphtest.All(b.Graph(), devices)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
