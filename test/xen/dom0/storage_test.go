//go:build xen

package dom0

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// diskOf returns the kernel's name of the disk of a PCI function, once it is
// there.
func diskOf(t *testing.T, address string) (name string) {
	t.Helper()
	eventually(t, "a disk of "+address, 30*time.Second, func() bool {
		for _, pattern := range []string{"/nvme/nvme*/nvme*n*", "/virtio*/block/*"} {
			if found, _ := filepath.Glob(devices + address + pattern); len(found) == 1 {
				name = filepath.Base(found[0])
			}
		}
		return name != ""
	})
	return name
}

// headOf returns the name of the disk that stands for all ways to a namespace,
// of which one is at the address: nvme0n1 for nvme0c1n1.
func headOf(t *testing.T, address string) string {
	t.Helper()
	hidden := diskOf(t, address)
	subsystem, rest, ok := strings.Cut(hidden, "c")
	_, namespace, cut := strings.Cut(rest, "n")
	if !ok || !cut {
		t.Fatalf("%s has %s, which is no way to a disk of several", address, hidden)
	}
	return subsystem + "n" + namespace
}

// waitForPath waits until a namespace can be reached by a controller again.
func waitForPath(t *testing.T, address string) {
	t.Helper()
	hidden := diskOf(t, address)
	eventually(t, "a way by "+address, 30*time.Second, func() bool {
		state, _ := os.ReadFile("/sys/class/block/" + hidden + "/device/state")
		return strings.TrimSpace(string(state)) == "live"
	})
}

// layers puts ext4 on a volume of LVM on an array of two legs, and mounts it,
// for the rest of the test.
func layers(t *testing.T, place string, legs ...string) {
	t.Helper()
	must(t, "modprobe", "-a", "raid1", "dm_mod")
	create := []string{"mdadm", "--create", "/dev/md0", "--run", "--assume-clean", "--level=1", "--metadata=1.2", "--bitmap=none", "--size=80M", "--raid-devices=2"}
	for _, leg := range legs {
		create = append(create, "/dev/"+leg)
	}
	t.Cleanup(func() {
		for _, leg := range legs {
			erase(t, "/dev/"+leg)
		}
	})
	must(t, create...)
	t.Cleanup(func() { must(t, "mdadm", "--stop", "/dev/md0") })
	erase(t, "/dev/md0") // of what a leg still has that was away when it was to be erased
	lvm(t, "pvcreate", "/dev/md0")
	lvm(t, "vgcreate", "vg0", "/dev/md0")
	lvm(t, "lvcreate", "--name", "system", "--size", "64M", "vg0")
	t.Cleanup(func() { lvm(t, "vgchange", "--activate", "n", "vg0") })
	mount(t, format(t, "/dev/mapper/vg0-system"), place)
}

// lvm runs a command of LVM where no udev makes its device nodes.
func lvm(t *testing.T, args ...string) {
	t.Helper()
	const config = `devices { scan = "/dev" obtain_device_list_from_udev = 0 external_device_info_source = "none" use_devicesfile = 0 }` +
		` activation { udev_sync = 0 udev_rules = 0 monitoring = 0 } backup { backup = 0 archive = 0 }`
	must(t, append([]string{"lvm", args[0], "--config", config, "--yes"}, args[1:]...)...)
}

// erase makes the beginning of a disk empty, where the marks of md, LVM and ext4
// are. A disk that is gone has none.
func erase(t *testing.T, device string) {
	t.Helper()
	file, err := os.OpenFile(device, os.O_WRONLY, 0)
	if err != nil {
		t.Log(err)
		return
	}
	defer file.Close()
	const marks = 1 << 20
	if _, err := file.Write(make([]byte, marks)); err != nil {
		t.Log(err)
	}
}

// format makes an ext4 and returns the device.
func format(t *testing.T, device string) string {
	t.Helper()
	must(t, "mkfs.ext4", "-q", "-F", device)
	return device
}

// mount mounts a device for the rest of the test.
func mount(t *testing.T, device, place string) {
	t.Helper()
	must(t, "modprobe", "ext4")
	if err := os.MkdirAll(place, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "mount", "-t", "ext4", device, place)
	t.Cleanup(func() { run(t, "umount", place) })
}

// halve makes two partitions of equal size.
func halve(t *testing.T, device string) {
	t.Helper()
	file, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// The table of a master boot record: four entries of 16 bytes at 446, each
	// with the type at 4, the first sector at 8 and how many there are at 12.
	const (
		table   = 446
		swap    = 0x82
		linux   = 0x83
		sectors = 1 << 16
	)
	record := make([]byte, 512)
	record[510], record[511] = 0x55, 0xaa
	for i, kind := range []byte{swap, linux} {
		entry := record[table+16*i:]
		entry[4] = kind
		binary.LittleEndian.PutUint32(entry[8:], uint32(2048+i*sectors))
		binary.LittleEndian.PutUint32(entry[12:], sectors)
	}
	if _, err := file.Write(record); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { erase(t, device); run(t, "blockdev", "--rereadpt", device) })
	must(t, "blockdev", "--rereadpt", device)
}

// swap swaps to a device for the rest of the test.
func swap(t *testing.T, device string) {
	t.Helper()
	must(t, "mkswap", device)
	must(t, "swapon", device)
	t.Cleanup(func() { must(t, "swapoff", device) })
}

// attach makes a file and a loop device of it for the rest of the test, and
// returns its name.
func attach(t *testing.T, image string) string {
	t.Helper()
	const size = 16 << 20
	if err := os.WriteFile(image, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	device := strings.TrimSpace(must(t, "losetup", "-f").stdout)
	must(t, "losetup", device, image)
	t.Cleanup(func() { must(t, "losetup", "-d", device) })
	return filepath.Base(device)
}

// kept is the file that keeps writes.
const kept = "kept"

// content is what is in it.
var content = bytes.Repeat([]byte("nothing is lost\n"), 1<<12)

// keeps fails the test unless what is written to a place now reaches the disk,
// and comes from there again.
func keeps(t *testing.T, place string) {
	t.Helper()
	name := filepath.Join(place, kept)
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	wantKept(t, name)
}

// wantKept reads it from the disk.
func wantKept(t *testing.T, name string) {
	t.Helper()
	mustWrite(t, "/proc/sys/vm/drop_caches", "3")
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content) {
		t.Fatalf("%s: %d bytes that are not those written", name, len(got))
	}
}
