package cli

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func TestSpeed(t *testing.T) {
	for megabits, want := range map[int]string{0: "", -1: "", 10: "10 Mb/s", 100: "100 Mb/s", 1000: "1 Gb/s", 2500: "2.5 Gb/s", 100000: "100 Gb/s"} {
		if got := speed(megabits); got != want {
			t.Errorf("%d: %q, want %q", megabits, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[uint64]string{
		0: "", 512: "512 bytes", 134217728: "134 MB", 512110190592: "512 GB", 999653638144: "1 TB", 1000204886016: "1 TB", 1920383410176: "1.92 TB",
		18000207937536: "18 TB", 1<<64 - 1: "18.4 EB",
	} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
}

func TestWasLine(t *testing.T) {
	disk := passthrough.Disk{Name: "sda", Model: "Samsung SSD 860", Serial: "S1", WWN: "naa.5", Size: 1000204886016}
	nic := passthrough.Interface{Name: "eth2", MAC: "00:1b:21:aa:bb:cc", Speed: 1000}
	for _, test := range []struct {
		name string
		was  *passthrough.Was
		want string
	}{
		{"not hidden", nil, ""},
		{"nothing", &passthrough.Was{}, ""},
		{"a card", &passthrough.Was{Interfaces: []passthrough.Interface{nic}}, "was eth2, 00:1b:21:aa:bb:cc, 1 Gb/s"},
		{"a disk", &passthrough.Was{Disks: []passthrough.Disk{disk}}, "was sda, Samsung SSD 860, 1 TB"},
		{"a name", &passthrough.Was{Interfaces: []passthrough.Interface{{Name: "wan"}}}, "was wan"},
		{"two ports", &passthrough.Was{Interfaces: []passthrough.Interface{{Name: "eth2", MAC: "00:1b:21:aa:bb:cc"}, {Name: "eth3"}}}, "was eth2, 00:1b:21:aa:bb:cc; eth3"},
		{"too long for a line", &passthrough.Was{Disks: []passthrough.Disk{disk, {Name: "sdb", Model: "Samsung SSD 860"}}}, "was sda, sdb"},
		{"many", &passthrough.Was{Interfaces: []passthrough.Interface{nic}, Disks: []passthrough.Disk{disk, disk, disk, disk}}, "was eth2, sda, sda and 2 more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := wasLine(test.was, 40); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
