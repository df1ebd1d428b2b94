package console

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// look lets one part read a machine of some devices and files.
func look(t *testing.T, part func(*scan), devices []pci.Device, files map[string]string) *graph.Graph {
	t.Helper()
	b := graphtest.Builder(devices)
	part(&scan{Builder: b, fsys: sysfs.New(graphtest.Plant(t, files)), devices: devices})
	return b.Graph()
}

func TestOwner(t *testing.T) {
	devices := []pci.Device{{Address: graphtest.Address(t, "00:02.0")}}
	for _, test := range []struct {
		name string
		file map[string]string
		want string
	}{
		{"a link", map[string]string{"/sys/class/graphics/fb0": graphtest.Link("../../devices/pci0000:00/0000:00:02.0/graphics/fb0")}, "0000:00:02.0"},
		{"a folder of an old kernel", map[string]string{"/sys/class/graphics/fb0/device": graphtest.Link("../../../devices/pci0000:00/0000:00:02.0")}, "0000:00:02.0"},
		{"virtual", map[string]string{"/sys/class/graphics/fb0": graphtest.Link("../../devices/virtual/graphics/fb0")}, ""},
		{"a function that is gone", map[string]string{"/sys/class/graphics/fb0": graphtest.Link("../../devices/pci0000:00/0000:00:03.0/graphics/fb0")}, ""},
		{"not there", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			look(t, func(s *scan) {
				if on := s.owner("/sys/class/graphics/fb0"); on != nil {
					got = on.Name
				}
			}, devices, test.file)
			if got != test.want {
				t.Errorf("%q; want %q", got, test.want)
			}
		})
	}
}

// What exists and cannot be read is noted.
func TestEntries(t *testing.T) {
	devices := []pci.Device{{Address: graphtest.Address(t, "00:02.0")}}
	const loop = "/sys/class/graphics"
	g := look(t, func(s *scan) { s.entries(loop); s.owner(loop + "/fb0") }, devices, map[string]string{loop: graphtest.Link("graphics")})
	want := map[string][]string{"00:02.0": {
		"warn: console_unknown /sys/class/graphics",
		"warn: console_unknown /sys/class/graphics/fb0",
	}}
	if diff := cmp.Diff(want, graphtest.All(g, devices)); diff != "" {
		t.Error(diff)
	}
}
