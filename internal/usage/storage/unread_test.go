package storage

import "testing"

// unread is what is found where / is on something of which it cannot be told what that is
// on: a warning for each cause, and that / may be on sda, which nothing else explains.
func unread(names ...string) map[string][]string {
	var warns []string
	for _, name := range names {
		warns = append(warns, "warn: disk_unknown "+name)
	}
	return doubted(ofAll(warns...), "/", "sda > 0000:00:1f.2")
}

// TestUnread wants / to be refused wherever it may be, if what its block device is on
// cannot be read.
func TestUnread(t *testing.T) {
	const (
		a, b       = ahci + "sda", nvme0 + "nvme0n1"
		controller = "/sys/devices/virtual/nvme-fabrics/ctl/nvme0/"
		connection = "/sys/devices/platform/host3/session1/connection1:0/iscsi_connection/connection1:0/"
		front      = "/sys/devices/vbd-51712/block/xvda"
		backend    = "/sys/bus/xen-backend/devices/vbd-0-51712/physical_device"
		subsystem  = nvmeSubsystems + "nvme-subsys3/"
	)
	disk := func() machine { return machine{}.block(a, "8:0") }
	cached := bcache().with(a+"/bcache/cache", unreadable("cache")).block(usb+"sdb", "8:16")
	runStorage(t, []storageCase{
		{"slaves of a volume", disk().dm("0", "vg0-root", "LVM-x").root("253:0").with(none+"dm-0/slaves", unreadable("slaves")), unread("vg0-root")},
		{"slaves of DRBD", disk().block(none+"drbd0", "147:0").root("147:0").with(none+"drbd0/slaves", unreadable("slaves")), unread("drbd0")},
		{"the folder of an array, and its slaves", disk().block(none+"md0", "9:0").root("9:0").with(none+"md0/md", unreadable("md")).with(none+"md0/slaves", unreadable("slaves")), unread("md0", "md0")},
		{"the folder of an array without slaves", disk().block(none+"md0", "9:0").root("9:0").with(none+"md0/md", unreadable("md")), unread("md0", "md0")},
		{"the folder of an array with slaves", disk().block(none+"md0", "9:0").on(none+"md0", a).root("9:0").with(none+"md0/md", unreadable("md")),
			func() map[string][]string {
				found := ofAll("warn: disk_unknown md0")
				found["00:1f.2"] = []string{"refuse: / > md0 > sda > 0000:00:1f.2", "warn: disk_unknown md0"}
				return found
			}()},
		{"an array with a level and no leg, but slaves", disk().block(none+"md0", "9:0", "md/level", "raid1\n").on(none+"md0", a).root("9:0"),
			of("00:1f.2", "refuse: / > md0 > sda > 0000:00:1f.2")},
		{"an array with a level and nothing else", disk().block(none+"md0", "9:0", "md/level", "raid1\n").root("9:0"), unread("md0")},
		{"the address of an NVMe target", fabrics("tcp", "").block(a, "8:0").with(controller+"address", unreadable("address")), unread("nvme0n1")},
		{"the address of an iSCSI target", session("192.0.2.1", "(null)").block(hba2+"sdc", "8:32").with(connection+"persistent_address", unreadable("persistent_address")),
			doubted(ofAll("warn: disk_unknown sda"), "/", "sdc > 0000:02:00.0")},
		{"no path to a head", nvmeHead("live", "live").block(a, "8:0").with("/sys/class/block/nvme3c0n1", "").with("/sys/class/block/nvme3c1n1", "").
			with(subsystem+"nvme0", "").with(subsystem+"nvme1", ""), unread("nvme3n1")},
		{"what dom0's own backend has open", disk().block(front, "202:0").root("202:0").with(backend, unreadable("physical_device")), unread("xvda")},
		{"the file of a loop device", disk().block(none+"loop0", "7:0").root("7:0").with(none+"loop0/loop/backing_file", unreadable("backing_file")), unread("loop0")},
		{"the caches of a bcache", cached, func() map[string][]string {
			found := doubted(ofAll("warn: disk_unknown bcache0"), "/", "sdb > 0000:00:14.0", "nvme0n1 > 0000:01:00.0")
			found["00:1f.2"] = []string{"refuse: / > bcache0 > sda > 0000:00:1f.2", "warn: disk_unknown bcache0"}
			return found
		}()},
		{"the home of a disk, and of all that is on it", disk().block(b, "259:0").dm("0", "vg0-root", "LVM-x", b).root("253:0").with("/sys/class/block/nvme0n1", "no link"),
			unread("nvme0n1")},
		{"a leg of an array, which may be on the disk of the other one", disk().dm("0", "vg0-b", "LVM-x").md("raid1", "2", a, "", none+"dm-0", "").root("9:0").with(none+"dm-0/slaves", unreadable("slaves")),
			func() map[string][]string {
				found := ofAll("warn: disk_unknown vg0-b")
				found["00:1f.2"] = []string{"refuse: / > md0 > sda > 0000:00:1f.2", "warn: disk_unknown vg0-b"}
				return found
			}()},
	})
}
