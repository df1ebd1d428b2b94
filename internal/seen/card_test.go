package seen

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	nics := func(all ...Interface) Card { return Card{Interfaces: all} }
	disks := func(all ...Disk) Card { return Card{Disks: all} }
	for _, test := range []struct {
		name              string
		before, now, want Card
	}{
		{"nothing now", nics(Interface{Name: "eth2"}), Card{}, nics(Interface{Name: "eth2"})},
		{"nothing before", Card{}, nics(Interface{Name: "eth2"}), nics(Interface{Name: "eth2"})},
		{
			"no link now", nics(Interface{Name: "eth2", MAC: "a", Speed: 1000}), nics(Interface{Name: "eth2", MAC: "a"}),
			nics(Interface{Name: "eth2", MAC: "a", Speed: 1000}),
		},
		{
			"another speed", nics(Interface{Name: "eth2", MAC: "a", Speed: 1000}), nics(Interface{Name: "eth2", MAC: "a", Speed: 100}),
			nics(Interface{Name: "eth2", MAC: "a", Speed: 100}),
		},
		{
			"udev has not run", nics(Interface{Name: "enp3s0", Renamed: true, MAC: "a"}), nics(Interface{Name: "eth0", MAC: "a"}),
			nics(Interface{Name: "enp3s0", Renamed: true, MAC: "a"}),
		},
		{
			"udev named it otherwise", nics(Interface{Name: "enp3s0", Renamed: true, MAC: "a"}), nics(Interface{Name: "lan", Renamed: true, MAC: "a"}),
			nics(Interface{Name: "lan", Renamed: true, MAC: "a"}),
		},
		{
			"the kernel named it otherwise", nics(Interface{Name: "eth0", MAC: "a"}), nics(Interface{Name: "eth1", MAC: "a"}),
			nics(Interface{Name: "eth1", MAC: "a"}),
		},
		{
			"the names changed places", nics(Interface{Name: "eth0", MAC: "a", Speed: 1}, Interface{Name: "eth1", MAC: "b", Speed: 2}),
			nics(Interface{Name: "eth0", MAC: "b"}, Interface{Name: "eth1", MAC: "a"}),
			nics(Interface{Name: "eth0", MAC: "b", Speed: 2}, Interface{Name: "eth1", MAC: "a", Speed: 1}),
		},
		{
			"an address before", nics(Interface{Name: "eth0", MAC: "a"}), nics(Interface{Name: "eth0"}, Interface{Name: "eth1"}),
			nics(Interface{Name: "eth0", MAC: "a"}, Interface{Name: "eth1"}),
		},
		{
			"a longer model before", disks(Disk{Name: "sda", Model: "Samsung SSD 860 EVO 1TB", Serial: "s", WWN: "w", Size: 8}), disks(Disk{Name: "sdb", Model: "Samsung SSD 860", Serial: "s"}),
			disks(Disk{Name: "sdb", Model: "Samsung SSD 860 EVO 1TB", Serial: "s", WWN: "w", Size: 8}),
		},
		{
			"another disk", disks(Disk{Name: "sda", Model: "A", Serial: "s", Size: 8}), disks(Disk{Name: "sda", Model: "B", Serial: "t"}),
			disks(Disk{Name: "sda", Model: "B", Serial: "t"}),
		},
		{
			"another disk, by its size", disks(Disk{Name: "sda", Model: "A", Size: 8}), disks(Disk{Name: "sda", Size: 16}),
			disks(Disk{Name: "sda", Size: 16}),
		},
		{
			"the same, by its worldwide name", disks(Disk{Name: "sda", Model: "A", WWN: "w"}), disks(Disk{Name: "sdb", WWN: "w", Serial: "s"}),
			disks(Disk{Name: "sdb", Model: "A", WWN: "w", Serial: "s"}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Merge(test.before, test.now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
