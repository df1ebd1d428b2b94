package storage

import (
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// TestDisks goes from / down to the function of each kind of disk.
func TestDisks(t *testing.T) {
	runStorage(t, []storageCase{
		{"SATA", machine{}.block(ahci+"sda", "8:0").block(ahci+"sda/sda2", "8:2", "partition", "2\n").root("8:2"),
			of("00:1f.2", "refuse: / > sda2 > sda > 0000:00:1f.2")},
		{"USB, whole disk", machine{}.block(usb+"sdb", "8:16").root("8:16"),
			of("00:14.0", "refuse: / > sdb > 0000:00:14.0")},
		{"virtio", machine{}.block(virtio+"vda", "254:0").root("254:0"),
			of("00:04.0", "refuse: / > vda > 0000:00:04.0")},
		{"a slash in the name", machine{}.block("/sys/devices/pci0000:00/0000:00:04.0/cciss0/c0d0/block/cciss!c0d0", "104:0").root("104:0"),
			of("00:04.0", "refuse: / > cciss/c0d0 > 0000:00:04.0")},
		{"NVMe without multipath", machine{}.block(nvme0+"nvme0n1", "259:0").block(nvme0+"nvme0n1/nvme0n1p3", "259:3").root("259:3"),
			of("01:00.0", "refuse: / > nvme0n1p3 > nvme0n1 > 0000:01:00.0")},
		{"SD card of a platform", machine{}.block("/sys/devices/platform/soc/mmc_host/mmc0/mmc0:0001/block/mmcblk0", "179:0").root("179:0"),
			map[string][]string{}},
		{"below a function that is not among the devices", machine{}.block("/sys/devices/pci0000:00/0000:00:1e.0/ata1/block/sda", "8:0").root("8:0"),
			ofAll("warn: disk_unknown sda")},
		{"an unknown virtual disk", machine{}.block(none+"zd0", "230:0").root("230:0"),
			ofAll("warn: disk_unknown zd0")},
		{"unknown virtual disks", machine{}.block(none+"tda", "252:0").block(none+"tdb", "252:1").block(none+"tdc", "252:2").block(none+"tdd", "252:3").root("252:0"),
			ofAll("warn: disk_unknown tda, tdb, tdc and 1 more")},
		{"an entry that is no link", machine{"/sys/class/block/sda": ""}.mounted(procLine, "22 1 0:2 / / rw - rootfs none rw"),
			ofAll("warn: disk_unknown sda")},
		{"a disk that is in no list", machine{"/sys/dev/block/8:0": graphtest.Link("../../devices/pci0000:00/block/sda")}.root("8:0"),
			ofAll("warn: mount_unknown /")},
		{"no numbers of disks", machine{}.root("8:0"), ofAll("warn: mount_unknown /")},
		{"a RAM disk", machine{}.block(none+"ram0", "1:0").root("1:0"), map[string][]string{}},
		{"DRBD", machine{}.block(ahci+"sda", "8:0").block(none+"drbd0", "147:0").on(none+"drbd0", ahci+"sda").root("147:0"),
			of("00:1f.2", "refuse: / > drbd0 > sda > 0000:00:1f.2")},
		{"bcache", bcache(), map[string][]string{
			"00:1f.2": {"refuse: / > bcache0 > sda > 0000:00:1f.2"},
			"01:00.0": {"refuse: / > bcache0 > nvme0n1 > 0000:01:00.0"},
		}},
	})
}

// bcache is a disk with a cache in front (drivers/md/bcache/super.c).
func bcache() machine {
	const set = "/sys/fs/bcache/6a1e2f3c-0000-4000-8000-000000000001"
	m := machine{}.block(ahci+"sda", "8:0").block(nvme0+"nvme0n1", "259:0").block(none+"bcache0", "251:0").on(none+"bcache0", ahci+"sda")
	for from, to := range map[string]string{
		none + "bcache0/bcache":   ahci + "sda/bcache",
		ahci + "sda/bcache/cache": set,
		set + "/cache0":           nvme0 + "nvme0n1/bcache",
		set + "/bdev0":            ahci + "sda/bcache",
	} {
		m[from] = relative(from, to)
	}
	m[nvme0+"nvme0n1/bcache/set"] = relative(nvme0+"nvme0n1/bcache/set", set)
	return m.root("251:0")
}

// TestVolumes has the prefixes that the makers of volumes put into their UUIDs.
func TestVolumes(t *testing.T) {
	disks := func() machine {
		return machine{}.block(ahci+"sda", "8:0").block(ahci+"sda/sda2", "8:2").block(nvme0+"nvme0n1", "259:0")
	}
	paths := func() machine {
		return machine{}.block(hba+"sdb", "8:16", "device/state", "running\n").block(hba2+"sdc", "8:32", "device/state", "running\n").
			dm("0", "mpatha", "mpath-3600508b400105e210000900000490000", hba+"sdb", hba2+"sdc").
			dm("1", "mpatha-part2", "part2-mpath-3600508b400105e210000900000490000", none+"dm-0").root("253:1")
	}
	offline := paths()
	offline[hba2+"sdc/device/state"] = "transport-offline\n"
	unserved := paths()
	unserved[hba2+"sdc/device/access_state"] = "unavailable\n"
	runStorage(t, []storageCase{
		{"LVM on LUKS", disks().dm("0", "luks-home", "CRYPT-LUKS2-5f5e8c5c0c4b4b3c8a8d0c3a5a3f0b11-luks-home", ahci+"sda/sda2").
			dm("1", "vg0-my--root", "LVM-0123456789abcdefghijklmnopqrstuv0123456789abcdefghijklmnopqrstuv", none+"dm-0").root("253:1"),
			of("00:1f.2", "refuse: / > vg0-my-root > the LUKS volume luks-home > sda2 > sda > 0000:00:1f.2")},
		{"a volume on two disks", disks().dm("0", "vg0-root", "LVM-x", ahci+"sda/sda2", nvme0+"nvme0n1").root("253:0"), map[string][]string{
			"00:1f.2": {"refuse: / > vg0-root > sda2 > sda > 0000:00:1f.2"},
			"01:00.0": {"refuse: / > vg0-root > nvme0n1 > 0000:01:00.0"},
		}},
		{"a mirror of LVM that lost a leg", disks().block(hba+"sdb", "8:16").
			dm("0", "vg0-root_rimage_0", "LVM-x-rimage", ahci+"sda/sda2").dm("1", "vg0-root_rimage_1", "LVM-y-rimage", hba+"sdb").
			dm("2", "vg0-root", "LVM-z", none+"dm-0", none+"dm-1").root("253:2").gone(hba + "sdb"),
			of("00:1f.2", "refuse: / > vg0-root > vg0-root_rimage_0 > sda2 > sda > 0000:00:1f.2")},
		{"a mirror of LUKS volumes that lost the disk of one", disks().dm("0", "a", "CRYPT-LUKS1-x", ahci+"sda").dm("1", "b", "CRYPT-LUKS1-y", nvme0+"nvme0n1").
			md("raid1", "2", none+"dm-0", "", none+"dm-1", "").root("9:0").gone(nvme0 + "nvme0n1"),
			of("00:1f.2", "refuse: / > md0 > the LUKS volume a > sda > 0000:00:1f.2")},
		{"multipath", paths(), map[string][]string{
			"01:00.0": {"warn: / > mpatha-part2 > the multipath disk mpatha > sdb > 0000:01:00.0; left: sdc"},
			"02:00.0": {"warn: / > mpatha-part2 > the multipath disk mpatha > sdc > 0000:02:00.0; left: sdb"},
		}},
		{"multipath, one path offline", offline,
			of("01:00.0", "refuse: / > mpatha-part2 > the multipath disk mpatha > sdb > 0000:01:00.0")},
		{"multipath, one path that is not served", unserved,
			of("01:00.0", "refuse: / > mpatha-part2 > the multipath disk mpatha > sdb > 0000:01:00.0")},
		{"multipath, one path gone", paths().gone(hba2 + "sdc"),
			of("01:00.0", "refuse: / > mpatha-part2 > the multipath disk mpatha > sdb > 0000:01:00.0")},
		{"a ring", machine{}.dm("0", "a", "", none+"dm-1").dm("1", "b", "", none+"dm-0").root("253:0"), map[string][]string{}},
		{"all is gone", paths().gone(hba2 + "sdc").gone(hba + "sdb"), map[string][]string{}},
	})
}

// TestArrays counts the legs that are there, whatever md still shows of them.
func TestArrays(t *testing.T) {
	const a, b, c, d = ahci + "sda", nvme0 + "nvme0n1", hba2 + "sdb", virtio + "vda"
	disks := func() machine {
		return machine{}.block(a, "8:0").block(b, "259:0").block(c, "8:16").block(d, "254:0").root("9:0")
	}
	const (
		onA = "/ > md0 > sda > 0000:00:1f.2"
		onB = "/ > md0 > nvme0n1 > 0000:01:00.0"
		onC = "/ > md0 > sdb > 0000:02:00.0"
		onD = "/ > md0 > vda > 0000:00:04.0"
	)
	again := disks().md("raid1", "2", a, "", b, "")
	delete(again, b+"/holders/md0")
	runStorage(t, []storageCase{
		{"raid1", disks().md("raid1", "2", a, "", b, ""), map[string][]string{
			"00:1f.2": {"warn: " + onA + "; left: nvme0n1"},
			"01:00.0": {"warn: " + onB + "; left: sda"},
		}},
		{"raid1, a leg gone that md has not noticed", disks().md("raid1", "2", a, "", b, "").gone(b),
			of("00:1f.2", "refuse: "+onA)},
		{"raid1, a leg that is a new disk of the same name", again, of("00:1f.2", "refuse: "+onA)},
		{"raid1, a leg faulty", disks().md("raid1", "2", a, "", b, "faulty"), of("00:1f.2", "refuse: "+onA)},
		{"raid1, a leg being rebuilt", disks().md("raid1", "2", a, "", b, "spare"), map[string][]string{
			"00:1f.2": {"refuse: " + onA}, "01:00.0": {"warn: a spare of md0 > nvme0n1 > 0000:01:00.0"},
		}},
		{"raid1, both legs gone", disks().md("raid1", "2", a, "", b, "").gone(a).gone(b), map[string][]string{}},
		{"raid5", disks().md("raid5", "3", a, "", b, "", c, "in_sync,write_error"), map[string][]string{
			"00:1f.2": {"warn: " + onA + "; left: nvme0n1, sdb"},
			"01:00.0": {"warn: " + onB + "; left: sda, sdb"},
			"02:00.0": {"warn: " + onC + "; left: nvme0n1, sda"},
		}},
		{"raid5, a leg missing", disks().md("raid5", "3", a, "", b, ""), map[string][]string{
			"00:1f.2": {"refuse: " + onA}, "01:00.0": {"refuse: " + onB},
		}},
		{"raid5, growing", disks().md("raid5", "4 (3)", a, "", b, "", c, ""), map[string][]string{
			"00:1f.2": {"refuse: " + onA}, "01:00.0": {"refuse: " + onB}, "02:00.0": {"refuse: " + onC},
		}},
		{"raid6, a leg gone", disks().md("raid6", "4", a, "", b, "", c, "", d, "").gone(d), map[string][]string{
			"00:1f.2": {"warn: " + onA + "; left: nvme0n1, sdb"},
			"01:00.0": {"warn: " + onB + "; left: sda, sdb"},
			"02:00.0": {"warn: " + onC + "; left: nvme0n1, sda"},
		}},
		{"raid10, two legs gone", disks().md("raid10", "4", a, "", b, "", c, "", d, "").gone(d).gone(c), map[string][]string{
			"00:1f.2": {"refuse: " + onA}, "01:00.0": {"refuse: " + onB},
		}},
		{"raid0", disks().md("raid0", "2", a, "", d, ""), map[string][]string{
			"00:1f.2": {"refuse: " + onA}, "00:04.0": {"refuse: " + onD},
		}},
		{"a journal", disks().md("raid5", "2", a, "", b, "", d, "journal"), map[string][]string{
			"00:1f.2": {"warn: " + onA + "; left: nvme0n1"},
			"01:00.0": {"warn: " + onB + "; left: sda"},
			"00:04.0": {"refuse: the journal of md0 > vda > 0000:00:04.0"},
		}},
	})
}
