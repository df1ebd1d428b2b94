package storage

import (
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// several is btrfs on two disks (fs/btrfs/sysfs.c), with profiles by the folders
// of its allocation.
func several(profiles ...string) machine {
	const folder = "/sys/fs/btrfs/6a1e2f3c-0000-4000-8000-000000000002/"
	m := vdisk()
	m["/sys/fs/btrfs/features/raid56"] = "0\n"
	for _, disk := range []string{ahci + "sda", usb + "sdb"} {
		m[folder+"devices/"+disk[len(disk)-3:]] = relative(folder+"devices/x", disk)
		m[folder+"devinfo/"+disk[len(disk)-1:]+"/missing"] = "0\n"
	}
	for _, profile := range profiles {
		m[folder+"allocation/"+profile+"/total_bytes"] = "8388608\n"
	}
	return m.mounted("22 1 0:30 /@ / rw,relatime shared:1 - btrfs /dev/sda rw,subvolid=256,subvol=/@",
		"23 22 0:30 /@home /home rw,relatime shared:2 - btrfs /dev/sda rw,subvolid=257,subvol=/@home")
}

func TestBtrfs(t *testing.T) {
	const are, onA, onB = "/ and /home > btrfs > ", "sda > 0000:00:1f.2", "sdb > 0000:00:14.0"
	lost := map[string][]string{"00:1f.2": {"refuse: " + are + onA}, "00:14.0": {"refuse: " + are + onB}}
	missing := several("data/raid1")
	missing["/sys/fs/btrfs/6a1e2f3c-0000-4000-8000-000000000002/devinfo/3/missing"] = "1\n"
	one := several("data/raid1").mounted(rootLine)
	delete(one, "/sys/fs/btrfs/6a1e2f3c-0000-4000-8000-000000000002/devices/sdb")
	delete(one, "/sys/fs/btrfs/6a1e2f3c-0000-4000-8000-000000000002/devinfo/b/missing")
	other := several("data/single")
	other["/sys/fs/btrfs/6a1e2f3c-0000-4000-8000-000000000003/devices/vda3"] = graphtest.Link("x") // the name is what counts
	const elsewhere = "a file system of another mount namespace > "
	unknown := several()
	delete(unknown, "/sys/fs/btrfs/6a1e2f3c-0000-4000-8000-000000000002/devices/sda")
	runStorage(t, []storageCase{
		{"raid1", several("data/raid1", "metadata/raid1", "system/raid1"), map[string][]string{
			"00:1f.2": {"warn: " + are + onA + "; left: sdb"}, "00:14.0": {"warn: " + are + onB + "; left: sda"},
		}},
		{"data without a copy", several("data/single", "metadata/raid1", "system/raid1"), lost},
		{"no profile known", several(), lost},
		{"raid1, one missing", missing, lost},
		{"the device that is named is gone", several("data/raid1").gone(ahci + "sda"), of("00:14.0", "refuse: "+are+onB)},
		{"both gone", several("data/raid1").gone(ahci + "sda").gone(usb + "sdb"), map[string][]string{}},
		{"in another mount namespace", several("data/single").mounted(rootLine), map[string][]string{
			"00:04.0": {onRoot},
			"00:1f.2": {"refuse: " + elsewhere + "btrfs > " + onA}, "00:14.0": {"refuse: " + elsewhere + "btrfs > " + onB},
		}},
		{"raid1 in another mount namespace", several("data/raid1").mounted(rootLine), map[string][]string{
			"00:04.0": {onRoot},
			"00:1f.2": {"warn: " + elsewhere + "btrfs > " + onA + "; left: sdb"}, "00:14.0": {"warn: " + elsewhere + "btrfs > " + onB + "; left: sda"},
		}},
		{"one disk in another mount namespace", one, map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: " + elsewhere + onA},
		}},
		{"in another mount namespace beside a mounted one", other, map[string][]string{
			"00:04.0": {"refuse: " + elsewhere + "vda3 > vda > 0000:00:04.0"},
			"00:1f.2": {"refuse: " + are + onA}, "00:14.0": {"refuse: " + are + onB},
		}},
		{"in another mount namespace, and all of it gone", several("data/raid1").mounted(rootLine).gone(ahci + "sda").gone(usb + "sdb"), of("00:04.0", onRoot)},
		{"not among the devices", unknown, doubted(ofAll("warn: mount_unknown / and /home"), "/ and /home", "sdb > 0000:00:14.0", "sda > 0000:00:1f.2", "vda > 0000:00:04.0")},
	})
}
