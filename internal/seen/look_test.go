package seen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

func addresses(t testing.TB, texts ...string) []pci.Address {
	t.Helper()
	all := make([]pci.Address, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = pci.ParseAddress(text); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// put writes files of a tree, by name and content in turn. A content that begins with
// "->" is a link.
func put(t testing.TB, f sysfs.FS, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := f.Path(files[i])
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if target, link := strings.CutPrefix(files[i+1], "->"); err == nil && link {
			err = os.Symlink(target, name)
		} else if err == nil {
			err = os.WriteFile(name, []byte(files[i+1]), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLookCaptured reads a machine with disks of many kinds.
func TestLookCaptured(t *testing.T) {
	f := sysfs.New(fakekernel.Unpack(t, "guard-disks").Root)
	devices := addresses(t, "00:02.0", "00:06.0", "00:1f.2", "00:1d.0", "01:00.0", "02:00.0", "03:01.0")
	want := map[pci.Address]Card{
		devices[1]: {Disks: []Disk{{Name: "vda", Serial: "RUEL7832", Size: 134217728}}},
		devices[2]: {Disks: []Disk{{Name: "sda", Model: "QEMU HARDDISK", Size: 134217728}}},
		// A path to the namespace, whose disk is no device's.
		devices[4]: {Disks: []Disk{{Name: "nvme0n1", Model: "QEMU NVMe Ctrl", Serial: "NYSD1291", Size: 134217728}}},
		devices[5]: {Disks: []Disk{{Name: "nvme1n1", Model: "QEMU NVMe Ctrl", Serial: "UTP85204", Size: 134217728}}},
	}
	if diff := cmp.Diff(want, Look(f, devices, f.Attribute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLook reads what the captured machines do not have.
func TestLook(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	const card, other = "/sys/devices/pci0000:00/0000:00:09.0/", "/sys/devices/pci0000:00/0000:00:0a.0/"
	net := func(dir, name string, attributes ...string) {
		put(t, f, "/sys/class/net/"+name, "->../../.."+dir+"net/"+name)
		for i := 0; i < len(attributes); i += 2 {
			put(t, f, dir+"net/"+name+"/"+attributes[i], attributes[i+1]+"\n")
		}
	}
	disk := func(dir, name string, attributes ...string) {
		put(t, f, "/sys/block/"+name, "->../.."+dir+"block/"+name)
		for i := 0; i < len(attributes); i += 2 {
			put(t, f, dir+"block/"+name+"/"+attributes[i], attributes[i+1])
		}
	}
	net(card, "eth10", "address", "00:1b:21:00:00:10", "addr_assign_type", "0", "name_assign_type", "4", "speed", "2500")
	net(card, "eth2", "address", "00:1b:21:00:00:02", "addr_assign_type", "3", "name_assign_type", "1", "speed", "-1")
	net(card, "eth3", "address", "02:00:00:00:00:01", "addr_assign_type", "3", "bonding_slave/perm_hwaddr", "00:1b:21:00:00:03", "speed", "4294967295")
	net(card, "tun", "address", "00:00:00:00:00:00", "speed", "fast")
	net("/sys/devices/virtual/", "lo", "address", "00:00:00:00:00:00")
	net(other, "eth4", "address", "00:1b:21:00:00:04")
	disk(card, "sdb", "size", "1953525168\n", "device/vendor", "SEAGATE \n", "device/model", "ST600\x1b[2MM0088  \n", "device/wwid", "naa.5000c500a1b2c3d4\n",
		"device/vpd_pg80", "\x00\x80\x00\x08  W0P4\x00\x00and more")
	disk(card, "sdaa", "size", "8\n", "device/vendor", "ATA\n", "device/model", strings.Repeat("x", 300)+"\n", "device/wwid", "t10.ATA x\n", "device/vpd_pg80", "\x00\x80\x00\xffcut")
	disk(card, "sdc", "size", "0\n", "device/model", "card reader\n")
	disk(card, "mmcblk0", "size", "8\n", "device/name", "SD32G\n", "device/serial", "0x12345678\n")
	disk(card, "sdd", "size", "36028797018963968\n") // more bytes than a number has room for
	put(t, f, "/sys/class/net/bonding_masters", "bond0\n")
	want := map[pci.Address]Card{addresses(t, "00:09.0")[0]: {
		Interfaces: []Interface{
			{Name: "tun"},
			{Name: "eth2", MAC: "00:1b:21:00:00:02"},
			{Name: "eth3", MAC: "00:1b:21:00:00:03"},
			{Name: "eth10", Renamed: true, MAC: "00:1b:21:00:00:10", Speed: 2500},
		},
		Disks: []Disk{
			{Name: "sdb", Model: "SEAGATE ST600\uFFFD[2MM0088", Serial: "W0P4", WWN: "naa.5000c500a1b2c3d4", Size: 1000204886016},
			{Name: "sdaa", Model: strings.Repeat("x", maxText), Serial: "cut", Size: 4096},
			{Name: "mmcblk0", Model: "SD32G", Serial: "0x12345678", Size: 4096},
		},
	}}
	if diff := cmp.Diff(want, Look(f, addresses(t, "00:09.0", "00:0b.0"), f.Attribute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLookLate asks no further driver after one did not answer, and returns the rest.
func TestLookLate(t *testing.T) {
	f := sysfs.New(fakekernel.Unpack(t, "server").Root)
	devices := addresses(t, "18:00.0", "18:00.1")
	asked := 0
	cards := Look(f, devices, func(name string) (string, error) {
		asked++
		return "", fmt.Errorf("%s: %w", name, context.DeadlineExceeded)
	})
	if asked != 1 || len(cards) != 2 || cards[devices[1]].Interfaces[0].MAC != "3c:fd:fe:15:72:01" {
		t.Errorf("asked %d times; %+v", asked, cards)
	}
}

// TestLookBounds takes no more of a device than there may be.
func TestLookBounds(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	for i := range maxParts + 1 {
		put(t, f, fmt.Sprintf("/sys/class/net/eth%d", i), fmt.Sprintf("->../../devices/pci0000:00/0000:00:09.0/net/eth%d", i))
	}
	devices := addresses(t, "00:09.0")
	if c := Look(f, devices, f.Attribute)[devices[0]]; len(c.Interfaces) != maxParts {
		t.Errorf("%d interfaces", len(c.Interfaces))
	}
}
