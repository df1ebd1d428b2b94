//go:build xen

package dom0

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dom0's root is ext4 on LVM on md on two NVMe drives, one of which has two
// ways: one after the other may go, but not the last one, and nothing is lost.
func TestGuardRoot(t *testing.T) {
	begin(t, path1, path2, single)
	head, leg := headOf(t, path1), diskOf(t, single)
	const place, system = "/sysroot", "/ is on vg0-system, on md0, on "
	layers(t, place, head, leg)
	liveOn(t, place)
	keeps(t, "/")
	captured(t, "guard-root")

	t.Run("all at once", func(t *testing.T) {
		says(t, xenpci(t, refused, "hide", path1, path2, single).stderr, system+head)
		keeps(t, "/")
	})
	t.Run("both ways of a leg", func(t *testing.T) {
		r := xenpci(t, done, "hide", "--dry-run", path1, path2)
		says(t, r.stderr, system+head)
	})
	t.Run("one leg", func(t *testing.T) {
		wantWarned(t, single, system+leg, single, head)
		keeps(t, "/")
	})
	t.Run("one way of the last leg", func(t *testing.T) {
		wantWarned(t, path1, system+head, path1)
		keeps(t, "/")
	})
	t.Run("the last way", func(t *testing.T) {
		wantRefused(t, path2, system+head, path2)
		keeps(t, "/")
	})
	t.Run("the port above the last way", func(t *testing.T) {
		wantRefused(t, port2, system+head, path2, "behind", port2)
		keeps(t, "/")
	})
	t.Run("the first way again", func(t *testing.T) {
		xenpci(t, done, "unhide", path1)
		waitForPath(t, path1)
		wantWarned(t, path2, system+head, path2)
		keeps(t, "/")
		wantRefused(t, path1, system+head, path1)
	})
}

// dom0's root is ext4 on a disk of its own.
func TestGuardRootDisk(t *testing.T) {
	begin(t, disk)
	must(t, "modprobe", "virtio_blk")
	name := diskOf(t, disk)
	const place = "/sysroot"
	mount(t, format(t, "/dev/"+name), place)
	liveOn(t, place)
	says(t, xenpci(t, refused, "hide", disk).stderr, "/ is on "+name+", on "+disk)
	if driver(disk) != native[disk] {
		t.Errorf("refused, and moved: driver %q", driver(disk))
	}
	keeps(t, "/")
}

// A leg that went and came back is another disk, which md does not know until it
// is told and has written it again. Until then the other leg is the last one,
// whatever md still believes.
func TestGuardLegThatCameBack(t *testing.T) {
	begin(t, path1, path2, single)
	const place = "/mnt/mended"
	layers(t, place, headOf(t, path1), diskOf(t, single))
	keeps(t, place)
	wantWarned(t, single, place+" is", "vg0-system", "md0", single)
	xenpci(t, done, "unhide", single)
	back := diskOf(t, single)

	t.Run("noticed or not", func(t *testing.T) { // md writes when it likes
		must(t, "cat", "/proc/mdstat")
		says(t, xenpci(t, refused, "hide", path1, path2).stderr, place+" is on vg0-system, on md0, on ")
	})
	t.Run("thrown out", func(t *testing.T) {
		keeps(t, place)
		says(t, xenpci(t, refused, "hide", path1, path2).stderr, place+" is on vg0-system, on md0, on ")
	})
	t.Run("being written", func(t *testing.T) {
		mustWrite(t, "/sys/block/md0/md/sync_speed_max", "1000") // KB/s
		must(t, "mdadm", "/dev/md0", "--fail", "detached", "--remove", "detached")
		must(t, "mdadm", "/dev/md0", "--add", "/dev/"+back)
		eventually(t, "recovery", 10*time.Second, func() bool {
			return strings.Contains(must(t, "cat", "/proc/mdstat").stdout, "recovery")
		})
		says(t, xenpci(t, refused, "hide", path1, path2).stderr, place+" is on vg0-system, on md0, on ")
	})
	t.Run("written", func(t *testing.T) {
		mustWrite(t, "/sys/block/md0/md/sync_speed_max", "system")
		must(t, "mdadm", "--wait", "/dev/md0")
		says(t, must(t, "cat", "/proc/mdstat").stdout, "[UU]")
		says(t, xenpci(t, done, "hide", path1, path2).stderr, place+" is on vg0-system, on md0, on ", "keeps working on "+back)
		keeps(t, place)
		wantRefused(t, single, place+" is", "vg0-system", "md0", back, single)
	})
}

// A file system on a drive that has two ways is on both of them.
func TestGuardMultipath(t *testing.T) {
	begin(t, path1, path2)
	head := headOf(t, path1)
	const place = "/mnt/shared"
	mount(t, format(t, "/dev/"+head), place)
	wantWarned(t, path2, place+" is", head, path2)
	keeps(t, place)
	wantRefused(t, path1, place+" is", head, path1)
	wantRefused(t, port1, place+" is", head, path1, "behind", port1)
	keeps(t, place)
}

// Nothing is on the drives: they and what is above them are free.
func TestGuardUnused(t *testing.T) {
	begin(t, path1, path2, single, disk)
	for _, address := range []string{path1, path2, single, disk} {
		wantFree(t, address)
	}
}

// Swap, and a file that is a disk for something mounted.
func TestGuardSwapAndLoop(t *testing.T) {
	begin(t, disk)
	must(t, "modprobe", "-a", "virtio_blk", "loop")
	name := diskOf(t, disk)
	halve(t, "/dev/"+name)
	swap(t, "/dev/"+name+"1")
	mount(t, format(t, "/dev/"+name+"2"), "/mnt/outer")
	loop := attach(t, "/mnt/outer/image")
	mount(t, format(t, "/dev/"+loop), "/mnt/inner")
	captured(t, "guard-swap")

	for _, test := range []struct {
		name  string
		words []string
	}{
		{"swap", []string{"swap is", name + "1", disk}},
		{"mounted", []string{"/mnt/outer", name + "2", disk}},
		{"loop", []string{"/mnt/inner", loop, "/mnt/outer", name + "2", disk}},
	} {
		t.Run(test.name, func(t *testing.T) { wantRefused(t, disk, test.words...) })
	}
	keeps(t, "/mnt/inner")
}

// What --force is told beforehand is what happens, and unhide brings the disk
// back with all that was on it.
func TestGuardForce(t *testing.T) {
	begin(t, disk)
	must(t, "modprobe", "virtio_blk")
	const place = "/mnt/data"
	name := diskOf(t, disk)
	mount(t, format(t, "/dev/"+name), place)
	keeps(t, place)
	wantRefused(t, disk, place+" is on", name, disk)

	said := judged(t, disk, refused)
	noted := watchJournal(t)
	r := xenpci(t, done, "hide", "--force", disk)
	saysAll(t, r.stderr, having(said, "refuse", "warn"))
	wantForced(t, noted(), said)
	wantHidden(t, disk)
	mustWrite(t, "/proc/sys/vm/drop_caches", "3")
	if _, err := os.ReadFile(place + "/" + kept); !errors.Is(err, syscall.EIO) {
		t.Errorf("a file of what was mounted: %v, want %v", err, syscall.EIO)
	}
	must(t, "umount", place)

	xenpci(t, done, "unhide", disk)
	wantHome(t, disk)
	mount(t, "/dev/"+diskOf(t, disk), place)
	wantKept(t, filepath.Join(place, kept))
}
