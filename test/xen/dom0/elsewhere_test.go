//go:build xen

package dom0

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unseenMount begins what the guard says of a file system that init does not
// see.
const unseenMount = "a file system of another mount namespace is on "

// What a process has mounted for itself alone is needed as well.
func TestMountedElsewhere(t *testing.T) {
	begin(t, disk)
	must(t, "modprobe", "-a", "virtio_blk", "ext4")
	name := diskOf(t, disk)
	format(t, "/dev/"+name)
	const ready = "/run/mounted"
	service := exec.Command("unshare", "-m", "sh", "-c", "mount -t ext4 /dev/"+name+" /mnt && touch "+ready+" && exec sleep 1000")
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() { _ = service.Process.Kill(); _ = service.Wait() }
	t.Cleanup(end)
	t.Cleanup(func() { _ = os.Remove(ready) })
	eventually(t, "the mount of another process", 30*time.Second, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	table := must(t, "cat", "/proc/1/mountinfo").stdout
	if strings.Contains(table, "/dev/"+name) {
		t.Fatal("init sees the mount")
	}
	wantRefused(t, disk, unseenMount+name, disk)

	end()
	eventually(t, "the mount's end", 30*time.Second, func() bool {
		_, err := os.Stat("/sys/fs/ext4/" + name)
		return err != nil
	})
	wantFree(t, disk)
}

// What is unmounted while somebody has a file open is still mounted.
func TestUnmountedLazily(t *testing.T) {
	begin(t, disk)
	must(t, "modprobe", "virtio_blk")
	name := diskOf(t, disk)
	const place = "/mnt/lazy"
	mount(t, format(t, "/dev/"+name), place)
	file, err := os.Create(filepath.Join(place, kept))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	must(t, "umount", "-l", place)
	wantRefused(t, disk, unseenMount+name, disk)
	if _, err := file.WriteString("nothing is lost"); err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, "the file system's end", 30*time.Second, func() bool {
		_, err := os.Stat("/sys/fs/ext4/" + name)
		return err != nil
	})
	wantFree(t, disk)
}

// check says of several devices what it says of each, in the order of their
// addresses, and refuses when one is needed.
func TestCheckSeveral(t *testing.T) {
	begin(t, disk, spareUSB)
	must(t, "modprobe", "virtio_blk")
	name := diskOf(t, disk)
	mount(t, format(t, "/dev/"+name), "/mnt/several")
	asked := []string{disk, spareUSB, single}
	var all struct{ Result struct{ Devices []verdict } }
	decode(t, xenpci(t, refused, "check", "--json", asked[2], asked[0], asked[1]).stdout, &all)
	var order []string
	for _, v := range all.Result.Devices {
		order = append(order, v.Address)
		status := done
		if v.Address == disk {
			status = refused
			wantSentence(t, v.Findings, "refuse", []string{"/mnt/several is on " + name, disk})
		}
		if v.Hide.Verdict == "refused" != (status == refused) {
			t.Errorf("%s: %q", v.Address, v.Hide.Verdict)
		}
		judged(t, v.Address, status)
	}
	if strings.Join(order, " ") != strings.Join(asked, " ") {
		t.Errorf("asked of %q, told of %q", asked, order)
	}
	text := xenpci(t, refused, append([]string{"check"}, asked...)...).stdout
	for _, v := range all.Result.Devices {
		says(t, text, v.Address+" ")
		saysAll(t, text, v.Findings)
	}
	xenpci(t, done, "check", spareUSB, single)
}
