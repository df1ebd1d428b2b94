package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestUntraced wants disks refused that may be what dom0 runs on, where sysfs does not show
// it.
func TestUntraced(t *testing.T) {
	const (
		a = "/sys/devices/pci0000:00/0000:00:01.0/ata1/sda"
		b = "/sys/devices/pci0000:00/0000:00:02.0/ata2/sdb"
	)
	at := func(slot uint8, class pci.Class, driver string) pci.Device {
		return pci.Device{Address: pci.Address{Slot: slot}, Class: class, Driver: driver}
	}
	devices := []pci.Device{at(1, 0x010601, "ahci"), at(2, 0x010700, "mpt3sas"), at(3, 0x010400, "megaraid_sas"), at(4, 0x010802, "pciback"), at(5, 0x010802, ""), at(6, 0x020000, "e1000")}
	virtual := func(name, number string) machine { return machine{}.block(none+name, number).root(number) }
	const drbd = "drbd0"
	warned := func(name string) map[string][]string {
		found := map[string][]string{}
		for _, d := range devices {
			found[d.Address.Short()] = []string{"warn: disk_unknown " + name}
		}
		return found
	}
	for _, test := range []struct {
		name string
		m    machine
		want map[string][]string
	}{
		{"beside two disks", virtual(drbd, "147:0").block(a, "8:0").block(b, "8:16"),
			doubted(warned(drbd), "/", "sda > 0000:00:01.0", "sdb > 0000:00:02.0")},
		{"one of them is explained", virtual(drbd, "147:0").block(a, "8:0").block(b, "8:16").mounted("22 1 147:0 / / rw - ext4 /dev/drbd0 rw", "30 22 8:0 / /srv rw - ext4 /dev/sda rw"),
			func() map[string][]string {
				found := doubted(warned(drbd), "/", "sdb > 0000:00:02.0")
				found["00:01.0"] = append([]string{"refuse: /srv > sda > 0000:00:01.0"}, found["00:01.0"]...)
				return found
			}()},
		{"no other disk: controllers with a driver", virtual(drbd, "147:0"),
			doubted(warned(drbd), "/", "0000:00:01.0", "0000:00:02.0", "0000:00:03.0")},
		{"beside a drive without a medium, and an optical one", virtual(drbd, "147:0").block(a, "8:0", "size", "0\n").block("/sys/devices/pci0000:00/0000:00:02.0/ata2/sr0", "11:0"),
			doubted(warned(drbd), "/", "0000:00:03.0")},
		{"a volume of ZFS", virtual("zd0", "230:0").block(a, "8:0"), doubted(warned("zd0"), "/", "sda > 0000:00:01.0")},
		{"Ceph", machine{}.block("/sys/devices/rbd/0/block/rbd0", "252:0").root("252:0").block(a, "8:0"), warned("rbd0")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, graphtest.All(look(t, devices, test.m), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
