package storage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/internal/usage/network"
	"github.com/xenpci/xenpci/pkg/pci"
)

// vdisk is a machine with three partitions on one disk.
func vdisk() machine {
	return machine{}.block(virtio+"vda", "254:0").block(virtio+"vda/vda1", "254:1").block(virtio+"vda/vda2", "254:2").
		block(virtio+"vda/vda3", "254:3").block(ahci+"sda", "8:0").block(usb+"sdb", "8:16")
}

const (
	rootLine = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw"
	procLine = "23 22 0:21 / /proc rw,nosuid shared:2 - proc proc rw"
	onRoot   = "refuse: / > vda1 > vda > 0000:00:04.0"
)

func TestMounts(t *testing.T) {
	var snaps []string
	loops := vdisk()
	for i := range 3 {
		loops.block(fmt.Sprint(none, "loop", i), fmt.Sprint("7:", i), "loop/backing_file", fmt.Sprintf("/var/snaps/core_%d.snap\n", i))
		snaps = append(snaps, fmt.Sprintf("4%d 22 7:%d / /snap/core/%d ro - squashfs /dev/loop%d ro", i, i, i, i))
	}
	runStorage(t, []storageCase{
		{"bind mounts", vdisk().mounted(rootLine, procLine,
			"30 22 254:1 /srv/a /chroot/srv/a rw,relatime shared:1 - ext4 /dev/vda1 rw",
			"31 22 254:1 /srv/a /chroot/srv/a rw,relatime shared:1 - ext4 /dev/vda1 rw",
			"32 22 254:1 /home /mnt/home rw,relatime master:1 propagate_from:2 - ext4 /dev/vda1 rw",
			"33 22 254:1 /etc /jail rw,relatime shared:1 - ext4 /dev/vda1 rw",
			"34 22 254:2 / /boot rw,relatime shared:3 - vfat /dev/vda2 rw"),
			of("00:04.0", "refuse: /, /jail, /mnt/home and 1 more > vda1 > vda > 0000:00:04.0", "refuse: /boot > vda2 > vda > 0000:00:04.0")},
		{"a blank in a name, no optional fields, an empty source", vdisk().mounted(rootLine,
			`30 22 254:3 / /mnt/a\040b\134c rw - ext4 /dev/vda3 rw`, "31 22 0:40 / /tmp rw shared:9 - tmpfs  rw"),
			of("00:04.0", onRoot, `refuse: /mnt/a b\c > vda3 > vda > 0000:00:04.0`)},
		{"control characters in a name", vdisk().mounted(rootLine, "30 22 8:0 / /mnt/\x1b[2J rw - ext4 /dev/sda rw"), map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: /mnt/\ufffd[2J > sda > 0000:00:1f.2"},
		}},
		{"in another mount namespace", vdisk().fs("ext4", "vda1", "sda").fs("xfs", "sdb").mounted(rootLine), map[string][]string{
			"00:04.0": {onRoot},
			"00:1f.2": {"refuse: a file system of another mount namespace > sda > 0000:00:1f.2"},
			"00:14.0": {"refuse: a file system of another mount namespace > sdb > 0000:00:14.0"},
		}},
		{"a device that is gone", vdisk().mounted(rootLine, "30 22 254:96 / /mnt rw - ext4 /dev/vdg rw"), of("00:04.0", onRoot)},
		{"fuseblk, and a program's own", vdisk().mounted(rootLine, "30 22 8:16 / /media/stick rw - fuseblk /dev/sdb rw,user_id=0",
			"31 22 0:50 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw,user_id=0", "33 22 0:52 / /mnt/c rw - fuse /dev/fuse rw", "32 22 0:51 / /mnt/b rw - fuse.exfat /dev/sda rw"), map[string][]string{
			"00:04.0": {onRoot}, "00:14.0": {"refuse: /media/stick > sdb > 0000:00:14.0"}, "00:1f.2": {"refuse: /mnt/b > sda > 0000:00:1f.2"},
		}},
		{"XFS with its log elsewhere", vdisk().mounted(rootLine, "30 22 8:0 / /srv rw - xfs /dev/sda rw,attr2,logdev=/dev/sdb,noquota"), map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: /srv > sda > 0000:00:1f.2"}, "00:14.0": {"refuse: the log of /srv > sdb > 0000:00:14.0"},
		}},
		{"a file in a loop device", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/srv/disk image (deleted)\n").
			mounted(rootLine, "30 22 8:0 / /srv rw - ext4 /dev/sda rw", "31 22 7:0 / /mnt rw - ext4 /dev/loop0 rw"), map[string][]string{
			"00:04.0": {onRoot},
			"00:1f.2": {"refuse: /mnt > loop0 > the file /srv/disk image > sda > 0000:00:1f.2", "refuse: /srv > sda > 0000:00:1f.2"},
		}},
		{"a file below the last of two mounts", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/srv/disk\n").
			mounted(rootLine, "30 22 8:0 / /srv rw - ext4 /dev/sda rw", "31 30 8:16 / /srv rw - ext4 /dev/sdb rw", "32 22 7:0 / /mnt rw - ext4 /dev/loop0 rw"), map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: /srv > sda > 0000:00:1f.2"},
			"00:14.0": {"refuse: /mnt > loop0 > the file /srv/disk > sdb > 0000:00:14.0", "refuse: /srv > sdb > 0000:00:14.0"},
		}},
		{"a file beside a mount point", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/srv2/disk\n").
			mounted(rootLine, "30 22 8:0 / /srv rw - ext4 /dev/sda rw", "32 22 7:0 / /mnt rw - ext4 /dev/loop0 rw"), map[string][]string{
			"00:04.0": {onRoot, "refuse: /mnt > loop0 > the file /srv2/disk > vda1 > vda > 0000:00:04.0"},
			"00:1f.2": {"refuse: /srv > sda > 0000:00:1f.2"},
		}},
		{"a partition of a loop device on a disk", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/dev/sda\n").block(none+"loop0/loop0p1", "259:9").
			mounted(rootLine, "30 22 259:9 / /mnt rw - ext4 /dev/loop0p1 rw"), map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: /mnt > loop0p1 > loop0 > sda > 0000:00:1f.2"},
		}},
		{"a loop device on a disk that is gone", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/dev/vde (deleted)\n").
			mounted(rootLine, "30 22 7:0 / /mnt rw - ext4 /dev/loop0 rw"), of("00:04.0", onRoot)},
		{"a loop device on what is not known", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/dev/vde\n").mounted(rootLine),
			dark(onRoot, "warn: disk_unknown /dev/vde")},
		{"an image below another root", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/live/root.squashfs\n").
			mounted("22 1 7:0 / / ro - squashfs /dev/loop0 ro"),
			ofAll("warn: disk_unknown loop0")},
		{"loop devices on one file system", loops.mounted(append([]string{rootLine}, snaps...)...),
			of("00:04.0", onRoot, "refuse: /snap/core/0, /snap/core/1 and /snap/core/2 > 3 loop devices > vda1 > vda > 0000:00:04.0")},
		{"a line that is none", vdisk().mounted(rootLine, "30 22 ext4"), dark(onRoot, "warn: mount_unknown")},
		{"a file system that hides what it is on", vdisk().mounted(rootLine, "30 22 0:44 / /srv rw - zfs tank/srv rw", "31 22 0:45 / /home rw - zfs tank/home rw", "32 22 0:46 / /host rw - 9p host rw,trans=virtio"),
			doubted(dark(onRoot, "warn: mount_unknown /host", "warn: mount_unknown /srv and /home"), "/srv and /home", "sdb > 0000:00:14.0", "sda > 0000:00:1f.2")},
	})
}

// dark is what is found where / is known, and something else is not.
func dark(root string, warns ...string) map[string][]string {
	all := ofAll(warns...)
	all["00:04.0"] = append([]string{root}, warns...)
	return all
}

// doubted adds that something may be on each of these disks.
func doubted(found map[string][]string, subject string, disks ...string) map[string][]string {
	for _, disk := range disks {
		at := disk[strings.LastIndex(disk, " 0000:")+len(" 0000:"):]
		found[at] = append([]string{"refuse: " + subject + " (perhaps) > " + disk}, found[at]...)
	}
	return found
}

func TestOverlays(t *testing.T) {
	const lower = "31 22 8:0 / /lower:x rw - ext4 /dev/sda rw"
	runStorage(t, []storageCase{
		// The options as Linux 6.18 writes them.
		{"two file systems", vdisk().mounted(rootLine, lower, `32 22 0:40 / /m rw - overlay overlay rw,lowerdir=/var/l\040a:/lower\134:x/b,upperdir=/srv/u\134\054c,workdir=w,uuid=on`), map[string][]string{
			"00:04.0": {onRoot, "refuse: /m > an overlay > vda1 > vda > 0000:00:04.0"},
			"00:1f.2": {"refuse: /m > an overlay > sda > 0000:00:1f.2", "refuse: /lower:x > sda > 0000:00:1f.2"},
		}},
		{"one file system", vdisk().mounted(rootLine, "31 22 254:1 /n /m rw - ext4 /dev/vda1 rw", `32 22 0:40 / /m rw - overlay overlay rw,lowerdir+=/var/a:b,datadir+=/var/c,upperdir=/srv/u,workdir=/srv/w`),
			of("00:04.0", "refuse: / and /m > vda1 > vda > 0000:00:04.0")},
		{"a live system", vdisk().block(none+"loop0", "7:0", "loop/backing_file", "/run/live/medium/live/filesystem.squashfs\n").mounted(
			"22 1 0:40 / / rw - overlay overlay rw,lowerdir=/run/live/rootfs,upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work",
			"23 22 8:16 / /run/live/medium ro - iso9660 /dev/sdb ro", "24 22 7:0 / /run/live/rootfs ro - squashfs /dev/loop0 ro",
			"25 22 0:41 / /run/live/overlay rw - tmpfs tmpfs rw"), of("00:14.0",
			"refuse: / and /run/live/rootfs > loop0 > the file /run/live/medium/live/filesystem.squashfs > sdb > 0000:00:14.0",
			"refuse: /run/live/medium > sdb > 0000:00:14.0")},
		{"over the root that it is on", vdisk().mounted("22 1 0:40 / / rw - overlay overlay rw,lowerdir=/,upperdir=/overlay/u", "23 22 254:3 / /overlay rw - ext4 /dev/vda3 rw"),
			dark("refuse: / and /overlay > vda3 > vda > 0000:00:04.0", "warn: mount_unknown /")},
		{"relative", vdisk().mounted(rootLine, "32 22 0:40 / /m rw - overlay overlay rw,lowerdir=l/A"), dark(onRoot, "warn: mount_unknown /m")},
		{"eCryptfs", vdisk().mounted(rootLine, "32 22 0:40 / /home/a rw - ecryptfs /home/.ecryptfs/a/.Private rw,ecryptfs_sig=0"),
			of("00:04.0", "refuse: / and /home/a > vda1 > vda > 0000:00:04.0")},
	})
}

func TestFileServers(t *testing.T) {
	at := func(line string) machine { return vdisk().mounted(rootLine, line).wired() }
	runStorage(t, []storageCase{
		{"NFS", at("30 22 0:44 / /srv rw shared:7 - nfs4 nas.example:/srv rw,vers=4.2,clientaddr=192.0.2.7,addr=192.0.2.1"), map[string][]string{
			"00:04.0": {onRoot}, "00:03.0": {"refuse: /srv > the NFS server 192.0.2.1 > eth0 > 0000:00:03.0"},
		}},
		{"CIFS", at("30 22 0:44 / /srv rw - cifs //nas/srv rw,vers=3.1.1,addr=192.0.2.1"), map[string][]string{
			"00:04.0": {onRoot}, "00:03.0": {"refuse: /srv > the file server 192.0.2.1 > eth0 > 0000:00:03.0"},
		}},
		{"sshfs", at("30 22 0:44 / /srv rw - fuse.sshfs me@192.0.2.1:/srv rw,user_id=0"), map[string][]string{
			"00:04.0": {onRoot}, "00:03.0": {"refuse: /srv > the file server 192.0.2.1 > eth0 > 0000:00:03.0"},
		}},
		{"mergerfs, of folders", at("30 22 0:44 / /srv rw - fuse.mergerfs /media/a:/media/b rw,user_id=0"), of("00:04.0", onRoot)},
		{"dom0's own", at("30 22 0:44 / /srv rw - nfs4 localhost:/ rw,addr=127.0.0.1"), of("00:04.0", onRoot)},
		{"no route", at("30 22 0:44 / /srv rw - nfs nas:/ rw,addr=2001:db8::1"), dark(onRoot, "warn: server_unknown 2001:db8::1")},
	})
}

func TestMountTable(t *testing.T) {
	other := vdisk()
	other["/proc/self/mountinfo"] = rootLine + "\n"
	empty := vdisk()
	empty["/proc/1/mountinfo"] = ""
	runStorage(t, []storageCase{
		{"no /proc", vdisk(), ofAll("refuse: mount_unknown")},
		{"an empty one", empty, ofAll("refuse: mount_unknown")},
		{"this process's own", other, of("00:04.0", onRoot)},
		{"no root in it", vdisk().mounted(procLine), ofAll("refuse: mount_unknown /")},
	})
}

func TestSwap(t *testing.T) {
	on := func(lines ...string) machine {
		return vdisk().block(none+"zram0", "252:0", "backing_dev", "none\n").
			block(none+"zram1", "252:1", "backing_dev", "/dev/sdb\n").
			dm("0", "cswap", "CRYPT-PLAIN-cswap", ahci+"sda").mounted(rootLine).swap(lines...)
	}
	const tail = "partition\t8388604\t\t0\t\t-2\n"
	runStorage(t, []storageCase{
		{"none", on(), of("00:04.0", onRoot)},
		{"a volume", on("/dev/dm-0                               " + tail), map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: swap > the encrypted volume cswap > sda > 0000:00:1f.2"},
		}},
		{"a volume by its name", on("/dev/mapper/cswap                       " + tail), map[string][]string{
			"00:04.0": {onRoot}, "00:1f.2": {"refuse: swap > the encrypted volume cswap > sda > 0000:00:1f.2"},
		}},
		{"a file", on("/var/swap\\040file                       file\t\t2097148\t\t0\t\t-2\n"),
			of("00:04.0", onRoot, "refuse: swap > the file /var/swap file > vda1 > vda > 0000:00:04.0")},
		{"memory, and memory that gives pages to a disk", on("/dev/zram0                              "+tail, "/dev/zram1                              "+tail), map[string][]string{
			"00:04.0": {onRoot}, "00:14.0": {"refuse: swap > zram1 > sdb > 0000:00:14.0"},
		}},
		{"a device that is gone", on("/dev/vdc1\\040(deleted)                   " + tail), of("00:04.0", onRoot)},
		{"a deleted name of a device that is there", on("/dev/sdb\\040(deleted)                    " + tail), map[string][]string{
			"00:04.0": {onRoot}, "00:14.0": {"refuse: swap > sdb > 0000:00:14.0"},
		}},
	})
}

// TestOwnRoot looks at the machine that it runs on.
func TestOwnRoot(t *testing.T) {
	devices, err := pci.Scan("")
	if err != nil {
		t.Skip(err)
	}
	table, err := mountTable(sysfs.New(""))
	if err != nil {
		t.Skip(err)
	}
	root := false
	for line := range strings.Lines(string(table)) {
		m, ok := parseMount(line)
		root = root || ok && m.point == "/" && !strings.HasPrefix(m.device, "0:")
	}
	if !root {
		t.Skip("/ > no block device")
	}
	b := graphtest.Builder(devices)
	Scan(b, sysfs.New(""), network.Scan(b, sysfs.New(""), devices), devices)
	for _, need := range b.Needs() {
		if need.Subject == "/" || strings.HasPrefix(need.Subject, "/ ") || strings.HasPrefix(need.Subject, "/, ") {
			return
		}
	}
	t.Error("nothing needs /")
}

func TestUmount(t *testing.T) {
	for _, test := range []struct {
		points []string
		want   string
	}{
		{[]string{"/srv"}, "umount /srv first"},
		{[]string{"/srv", "/srv/data"}, "umount /srv/data /srv first"},
		{[]string{"/", "/home"}, ""},
		{[]string{"/a", "/b", "/c", "/d", "/e"}, ""},
		{[]string{"/mnt/my disk"}, ""},
		{[]string{"/mnt/$(reboot)"}, ""},
		{[]string{"/mnt/gr\u00fcn"}, ""},
	} {
		if got := umount(test.points); got != test.want {
			t.Errorf("%q: %q; want %q", test.points, got, test.want)
		}
	}
}

func TestParseMount(t *testing.T) {
	for _, test := range []struct {
		line string
		want mount
		ok   bool
	}{
		{"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n", mount{"98:0", "/mnt2", "ext3", "/dev/root", "rw,errors=continue"}, true},
		{`36 35 0:9 / /a\011b\012c\134d\043\777\04 rw - fuse.x\040y  rw`, mount{"0:9", "/a\tb\nc\\d#\\777\\04", "fuse.x y", "", "rw"}, true},
		{"", mount{}, false},
		{"36 35 98:0 / /mnt2 rw", mount{}, false},
		{"36 35 98 / /mnt2 rw - ext3 /dev/root rw", mount{}, false},
		{"36 35 98:0 / mnt2 rw - ext3 /dev/root rw", mount{}, false},
		{"36 35 98:0 / /mnt2 rw - ext3", mount{}, false},
	} {
		got, ok := parseMount(test.line)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(mount{})); diff != "" || ok != test.ok {
			t.Errorf("%q: %v\n%s", test.line, ok, diff)
		}
	}
}

// FuzzMountinfo wants that what is read from a line is part of it, and that what is
// printed has no control characters.
func FuzzMountinfo(f *testing.F) {
	for _, line := range []string{
		rootLine, procLine, "", "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
		`67 63 0:40 / /m rw - overlay overlay rw,lowerdir=/l\040a:/l\134:b,upperdir=/u\134\054c,workdir=w`, "31 22 0:40 / /tmp rw - tmpfs  rw",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		m, ok := parseMount(line)
		if !ok {
			return
		}
		if !strings.Contains(line, m.device) || len(m.point)+len(m.kind)+len(m.source)+len(m.options) > len(line) || m.point[0] != '/' {
			t.Errorf("%q: %+v", line, m)
		}
		if words := listPoints([]string{m.point}); strings.ContainsAny(words, "\x1b\n\t\r") {
			t.Errorf("%q", words)
		}
		for _, dir := range directories(m) {
			if len(dir) > len(m.options)+len(m.source) {
				t.Errorf("%q is longer than %q", dir, line)
			}
		}
	})
}

// FuzzSwaps wants absolute names only.
func FuzzSwaps(f *testing.F) {
	f.Add(machine{}.swap("/dev/dm-0                               partition\t8388604\t\t0\t\t-2\n")["/proc/swaps"])
	f.Add("/var/swap\\040file file\n/dev/vdc1\\040(deleted)                   partition\t1\t0\t-2")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range parseSwaps([]byte(text)) {
			if !strings.HasPrefix(name, "/") || len(name) > len(text) {
				t.Errorf("%q", name)
			}
		}
	})
}
