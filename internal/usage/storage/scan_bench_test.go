package storage

import (
	"fmt"
	"testing"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/internal/usage/network"
	"github.com/xenpci/xenpci/pkg/pci"
)

// BenchmarkScan looks at 256 functions with a disk each, and at 64 file systems,
// each on a volume, on LUKS, on a mirror of two of the disks, and each mounted
// three times, and at 300 processes with 20 open files each. findings asks what
// each function carries.
func BenchmarkScan(b *testing.B) {
	const functions, systems, processes, descriptors = 256, 64, 300, 20
	m, lines := machine{}.swap(), []string(nil)
	var devices []pci.Device
	var disks []string
	for i := range functions {
		a := pci.Address{Bus: uint8(i)}
		devices = append(devices, pci.Device{Address: a})
		disks = append(disks, fmt.Sprintf("/sys/devices/pci0000:00/%s/nvme/nvme%d/nvme%dn1", a, i, i))
		m.block(disks[i], fmt.Sprint("259:", i), "device/state", "live\n")
	}
	for i := range systems {
		mirror := fmt.Sprint(none, "md", i)
		m.block(mirror, fmt.Sprint("9:", i), "md/level", "raid1\n", "md/raid_disks", "2\n").on(mirror, disks[2*i], disks[2*i+1])
		m[fmt.Sprintf("%s/md/dev-nvme%dn1/state", mirror, 2*i)] = "in_sync\n"
		m[fmt.Sprintf("%s/md/dev-nvme%dn1/state", mirror, 2*i+1)] = "in_sync\n"
		m.dm(fmt.Sprint(2*i), fmt.Sprint("luks-", i), "CRYPT-LUKS2-x", mirror)
		m.dm(fmt.Sprint(2*i+1), fmt.Sprint("vg-", i), "LVM-x", fmt.Sprint(none, "dm-", 2*i))
		for bind := range 3 {
			lines = append(lines, fmt.Sprintf("%d 1 253:%d / /srv/%d/%d rw,relatime shared:1 - ext4 /dev/mapper/vg-%d rw", 30+3*i+bind, 2*i+1, i, bind, i))
		}
	}
	for pid := range processes {
		for fd := range descriptors {
			m[fmt.Sprintf("/proc/%d/fd/%d", pid+1, fd)] = graphtest.Link([]string{"/dev/null", fmt.Sprintf("socket:[%d]", 1000*pid+fd), "/var/log/syslog"}[fd%3])
		}
	}
	m.mounted(append(lines, "29 1 0:2 / / rw - rootfs none rw")...)
	root := graphtest.Plant(b, m)
	fsys := sysfs.New(root)
	scan := func() *graph.Builder {
		builder := graphtest.Builder(devices)
		Scan(builder, fsys, network.Scan(builder, fsys, devices), devices)
		return builder
	}
	if needs := scan().Needs(); len(needs) < systems {
		b.Fatalf("%d needs", len(needs))
	}
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scan().Graph()
		}
	})
	b.Run("findings", func(b *testing.B) {
		b.ReportAllocs()
		g := scan().Graph()
		for b.Loop() {
			for _, d := range devices {
				g.Findings(d.Address)
			}
		}
	})
}
