package usage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func TestOwner(t *testing.T) {
	devices := []pci.Device{{Address: addressOf(t, "00:02.0")}}
	for _, test := range []struct {
		name string
		file map[string]string
		want string
	}{
		{"a link", map[string]string{"/sys/class/graphics/fb0": link("../../devices/pci0000:00/0000:00:02.0/graphics/fb0")}, "0000:00:02.0"},
		{"a folder of an old kernel", map[string]string{"/sys/class/graphics/fb0/device": link("../../../devices/pci0000:00/0000:00:02.0")}, "0000:00:02.0"},
		{"virtual", map[string]string{"/sys/class/graphics/fb0": link("../../devices/virtual/graphics/fb0")}, ""},
		{"a function that is gone", map[string]string{"/sys/class/graphics/fb0": link("../../devices/pci0000:00/0000:00:03.0/graphics/fb0")}, ""},
		{"not there", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			look(t, func(s *scan) {
				if on := s.owner("/sys/class/graphics/fb0"); on != nil {
					got = on.Words
				}
			}, devices, test.file)
			if got != test.want {
				t.Errorf("%q; want %q", got, test.want)
			}
		})
	}
}

// What is there and cannot be read is said.
func TestEntries(t *testing.T) {
	devices := []pci.Device{{Address: addressOf(t, "00:02.0")}}
	const loop = "/sys/class/graphics"
	g := look(t, func(s *scan) { s.entries(loop); s.owner(loop + "/fb0") }, devices, map[string]string{loop: link("graphics")})
	want := map[string][]string{"00:02.0": {
		"warn: what is in it cannot be seen: /sys/class/graphics: open: too many levels of symbolic links (ELOOP)",
		"warn: where it leads cannot be seen: /sys/class/graphics/fb0: readlink: too many levels of symbolic links (ELOOP)",
	}}
	if diff := cmp.Diff(want, said(g, devices)); diff != "" {
		t.Error(diff)
	}
}
