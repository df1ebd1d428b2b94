package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// udev is udev's record of a block device.
func (m machine) udev(number, properties string) machine {
	m[udevData+"/b"+number] = "S:disk/by-path/x\nI:1\n" + properties
	return m
}

// dom0 loses a ZFS pool with any of its disks, as far as udev knows them.
func TestPools(t *testing.T) {
	const a, b = "/sys/devices/pci0000:00/0000:00:01.0/ata1/sda", "/sys/devices/pci0000:00/0000:00:02.0/ata2/sdb"
	const c = "/sys/devices/pci0000:00/0000:00:03.0/ata3/sdc"
	const root, home = "22 1 0:30 / / rw - zfs tank/ROOT/debian rw,xattr", "30 22 0:31 / /home rw - zfs tank/home rw,xattr"
	base := func() machine {
		return machine{}.block(a, "8:0").block(a+"/sda3", "8:3").block(b, "8:16").block(c, "8:32").mounted(root, home).
			udev("8:0", "").udev("8:16", "").udev("8:32", "E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL=tank\n").udev("8:3", "E:ID_FS_TYPE=vfat\n")
	}
	member := func(m machine, number, label string) machine {
		return m.udev(number, "E:ID_FS_LABEL="+label+"\nE:ID_FS_TYPE=zfs_member\n")
	}
	imported := func(m machine, pools ...string) machine {
		for _, pool := range pools {
			m[zfsPools+"/"+pool+"/state"] = "ONLINE\n"
		}
		m[zfsPools+"/arcstats"] = ""
		return m
	}
	all := func(text string) map[string][]string {
		return map[string][]string{"00:01.0": {text}, "00:02.0": {text}, "00:03.0": {text}}
	}
	const tank, hidden = "refuse: / and /home > the ZFS pool tank > ", "warn: mount_unknown / and /home"
	onA, onB := tank+"sda3 > sda > 0000:00:01.0", tank+"sdb > 0000:00:02.0"
	unknown := member(base(), "8:3", "tank")
	delete(unknown, udevData+"/b8:32")
	const doubt = "warn: zfs_unknown tank"
	unmounted := func() machine { return imported(base(), "tank").mounted("22 1 0:2 / / rw - rootfs none rw") }
	onAny := []string{"sda > 0000:00:01.0", "sdb > 0000:00:02.0", "sdc > 0000:00:03.0"}
	for _, test := range []struct {
		name string
		m    machine
		want map[string][]string
	}{
		{"none of its disks is known", base(), doubted(all(hidden), "/ and /home", onAny...)},
		{"those of another pool are known", member(base(), "8:3", "other"), doubted(all(hidden), "/ and /home", onAny...)},
		{"one disk", imported(member(base(), "8:3", "tank"), "tank"), map[string][]string{"00:01.0": {onA}}},
		{"two disks", member(member(base(), "8:3", "tank"), "8:16", "tank"), map[string][]string{"00:01.0": {onA}, "00:02.0": {onB}}},
		{"one without a name", member(member(base(), "8:3", "tank"), "8:16", ""), map[string][]string{"00:01.0": {onA}, "00:02.0": {onB}}},
		{"one that udev does not know", unknown, map[string][]string{"00:01.0": {onA, doubt}, "00:02.0": {doubt}, "00:03.0": {"refuse: the ZFS pool tank (perhaps) > sdc > 0000:00:03.0", doubt}}},
		{"imported, not mounted", member(unmounted(), "8:16", "tank"), map[string][]string{"00:02.0": {"refuse: an imported pool > the ZFS pool tank > sdb > 0000:00:02.0"}}},
		{"imported, not mounted, its disks not known", unmounted(), doubted(all("warn: zfs_unknown tank"), "the ZFS pool tank", onAny...)},
		{"not imported", member(base().mounted("22 1 0:2 / / rw - rootfs none rw"), "8:16", "tank"), map[string][]string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			devices := []pci.Device{{Address: pci.Address{Slot: 1}}, {Address: pci.Address{Slot: 2}}, {Address: pci.Address{Slot: 3}}}
			g := look(t, devices, test.m)
			if diff := cmp.Diff(test.want, graphtest.All(g, devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzUdevProperty(f *testing.F) {
	f.Add([]byte("S:disk/by-path/x\nE:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if label := udevProperty(text, "ID_FS_LABEL"); label != "" && !strings.Contains(string(text), "E:ID_FS_LABEL="+label) {
			t.Errorf("%q", label)
		}
	})
}
