package usage

import (
	"fmt"
	"testing"

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
			m[fmt.Sprintf("/proc/%d/fd/%d", pid+1, fd)] = link([]string{"/dev/null", fmt.Sprintf("socket:[%d]", 1000*pid+fd), "/var/log/syslog"}[fd%3])
		}
	}
	m.mounted(append(lines, "29 1 0:2 / / rw - rootfs none rw")...)
	root := plant(b, m)
	g := Scan(root, devices, func(pci.Device) string { return "" })
	if len(g.needs) < systems {
		b.Fatalf("%d needs", len(g.needs))
	}
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Scan(root, devices, func(pci.Device) string { return "" })
		}
	})
	b.Run("findings", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, d := range devices {
				g.Findings(d.Address)
			}
		}
	})
}
