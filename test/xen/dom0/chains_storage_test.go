//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Disks put together in all ways: whichever is needed is refused with its chain,
// and those beside them are free.
func TestChainsOfDisks(t *testing.T) {
	must(t, "modprobe", "-a", "sd_mod", "usb_storage", "virtio_blk", "virtio_scsi", "overlay")
	mirrored(t)
	secret := luks(t, diskBehind(t, crypted))
	mount(t, format(t, "/dev/mapper/"+secret), "/home")
	mount(t, format(t, "/dev/"+diskBehind(t, sticks)), "/media/stick")
	mountAs(t, "none", "/media/stick", "/srv/bound", "bind")
	overlay(t, "/media/stick/lower", "/home/upper", "/home/work", "/srv/layers")
	cached := bcache(t, diskBehind(t, sata), diskBehind(t, cache))
	mount(t, format(t, "/dev/"+cached), "/srv/cached")
	zram(t, "/dev/"+diskBehind(t, memory))
	virtualFunctions(t)
	wantHeld(t, []held{
		{"btrfs, NVMe", nvmeLeg, "warn", []string{"/data is on btrfs, on nvme"}},
		{"btrfs, SCSI", scsi, "warn", []string{"/data is on btrfs, on sd"}},
		{"LUKS", crypted, "refuse", []string{"/home is on the LUKS volume " + secret + ", on vd", "/srv/layers is on an overlay, on the LUKS volume " + secret}},
		{"USB, bind mount, overlay", sticks, "refuse", []string{"/srv/bound and /media/stick are on sd", "/srv/layers is on an overlay, on sd"}},
		{"bcache", sata, "refuse", []string{"/srv/cached is on bcache0, on sd"}},
		{"cache", cache, "refuse", []string{"/srv/cached is on bcache0, on vd"}},
		{"zram", memory, "refuse", []string{"swap is on zram0, on vd"}},
		{"virtual functions", physical, "warn", []string{"2 virtual functions", virtual, virtual2}},
		{"console", screen, "refuse", []string{"the console (tty0) is on fb0 (bochs-drmdrmfb), on " + screen}},
		{"free disk", spareDisk, "", nil},
		{"free USB", spareUSB, "", nil},
	})
	t.Run("both of a mirror", func(t *testing.T) {
		r := xenpci(t, refused, "hide", nvmeLeg, scsi)
		says(t, r.stderr, "/data is on btrfs, on nvme", "/data is on btrfs, on sd")
	})
	t.Run("virtual function hidden", func(t *testing.T) {
		xenpci(t, done, "hide", virtual)
		wantHidden(t, virtual)
		wantRefused(t, physical, "pciback has 1 of its virtual functions", virtual)
		captured(t, "guard-disks")
		xenpci(t, done, "unhide", virtual)
	})
}

// mirrored mounts a btrfs whose data and metadata are on two disks.
func mirrored(t *testing.T) {
	t.Helper()
	must(t, "modprobe", "btrfs")
	one, two := "/dev/"+diskBehind(t, nvmeLeg), "/dev/"+diskBehind(t, scsi)
	must(t, "mkfs.btrfs", "-q", "-f", "-d", "raid1", "-m", "raid1", one, two)
	must(t, "btrfs", "device", "scan", one, two)
	mountAs(t, "btrfs", one, "/data", "")
}

// luks makes a volume of dm-crypt with the UUID that cryptsetup gives, and
// returns its name.
func luks(t *testing.T, disk string) string {
	t.Helper()
	must(t, "modprobe", "-a", "dm-crypt", "xts", "ecb")
	const name = "luks-home"
	const uuid = "CRYPT-LUKS2-3f1d2c5b7a9e4f60814c2b9d0e7a6f35-" + name
	key := strings.Repeat("0123456789abcdef", 4)
	must(t, "dmsetup", "create", name, "--noudevsync", "--uuid", uuid, "--table", "0 131072 crypt aes-xts-plain64 "+key+" 0 /dev/"+disk+" 0")
	must(t, "dmsetup", "mknodes")
	t.Cleanup(func() { must(t, "dmsetup", "remove", "--noudevsync", name) })
	return name
}

// overlay mounts an overlay over folders, which it makes.
func overlay(t *testing.T, lower, upper, work, place string) {
	t.Helper()
	for _, dir := range []string{lower, upper, work} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mountAs(t, "overlay", "overlay", place, "lowerdir="+lower+",upperdir="+upper+",workdir="+work)
}

// bcache makes a cached disk of two, and returns its name.
func bcache(t *testing.T, backing, cache string) string {
	t.Helper()
	must(t, "modprobe", "bcache")
	must(t, "make-bcache", "--bucket", "64k", "-B", "/dev/"+backing, "-C", "/dev/"+cache)
	for _, disk := range []string{backing, cache} {
		mustWrite(t, "/sys/fs/bcache/register", "/dev/"+disk)
	}
	t.Cleanup(func() {
		sets, _ := filepath.Glob("/sys/fs/bcache/*-*/stop")
		for _, stop := range append([]string{"/sys/block/bcache0/bcache/stop"}, sets...) {
			mustWrite(t, stop, "1")
		}
	})
	eventually(t, "bcache0", waitOfDisk, func() bool {
		_, err := os.Stat("/sys/block/bcache0/bcache/cache")
		return err == nil
	})
	return "bcache0"
}

// zram swaps to compressed memory that gives pages to a disk.
func zram(t *testing.T, disk string) {
	t.Helper()
	must(t, "modprobe", "zram", "num_devices=1")
	mustWrite(t, "/sys/block/zram0/backing_dev", disk)
	mustWrite(t, "/sys/block/zram0/disksize", "32M")
	t.Cleanup(func() { mustWrite(t, "/sys/block/zram0/reset", "1") })
	swap(t, "/dev/zram0")
}

// virtualFunctions makes two of the physical one.
func virtualFunctions(t *testing.T) {
	t.Helper()
	mustWrite(t, devices+physical+"/sriov_drivers_autoprobe", "0")
	mustWrite(t, devices+physical+"/sriov_numvfs", "2")
	t.Cleanup(func() { mustWrite(t, devices+physical+"/sriov_numvfs", "0") })
}
