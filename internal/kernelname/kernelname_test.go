package kernelname

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// TestDisks reads a machine with disks of many kinds.
func TestDisks(t *testing.T) {
	want := []Part{
		{pci.Address{Slot: 0x1f, Function: 2}, "sda", "/sys/block/sda"},
		{pci.Address{Slot: 0x05}, "sdb", "/sys/block/sdb"}, // of virtio-scsi
		{pci.Address{Slot: 0x0c}, "sdc", "/sys/block/sdc"}, // on USB
		{pci.Address{Slot: 0x06}, "vda", "/sys/block/vda"},
		{pci.Address{Slot: 0x07}, "vdb", "/sys/block/vdb"},
		{pci.Address{Slot: 0x08}, "vdc", "/sys/block/vdc"},
		{pci.Address{Slot: 0x09}, "vdd", "/sys/block/vdd"},
		{pci.Address{Slot: 0x0a}, "vde", "/sys/block/vde"},
		{pci.Address{Slot: 0x1a}, "vdf", "/sys/block/vdf"},
		{pci.Address{Bus: 1}, "nvme0n1", "/sys/block/nvme0c0n1"}, // a path to the namespace
		{pci.Address{Bus: 2}, "nvme1n1", "/sys/block/nvme1n1"},
	}
	if diff := cmp.Diff(want, Disks(sysfs.New(fakekernel.Unpack(t, "guard-disks").Root))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInterfaces reads links of every kind: a virtual function behind a bridge, an
// interface of a USB device, one of no device, and files that are no links.
func TestInterfaces(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	if got := Interfaces(f); got != nil {
		t.Errorf("without sysfs: %v", got)
	}
	folder := f.Path(classNet)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "bonding_masters"), []byte("bond0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"eth10":     "../../devices/pci0000:00/0000:00:1c.0/0000:01:10.1/net/eth10",
		"eth9":      "../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/net/eth9",
		"e\x1b[1m":  "../../devices/pci0000:00/0000:00:09.0/net/e\x1b[1m",
		"bond0":     "../../devices/virtual/net/bond0",
		"0000:00:1": "../../devices/pci0000:00/net/0000:00:1",
	} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	want := []Part{
		{pci.Address{Slot: 0x14}, "eth9", "/sys/class/net/eth9"},
		{pci.Address{Slot: 9}, "e\x1b[1m", "/sys/class/net/e\x1b[1m"},
		{pci.Address{Bus: 1, Slot: 0x10, Function: 1}, "eth10", "/sys/class/net/eth10"},
	}
	if diff := cmp.Diff(want, Interfaces(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHead(t *testing.T) {
	for name, want := range map[string]string{
		"nvme0c1n2": "nvme0n2", "nvme10c11n12": "nvme10n12", "nvme0n1": "nvme0n1", "nvmecn": "nvmecn", "nvme0cn1": "nvme0cn1",
		"nvme0c1n": "nvme0c1n", "nvme0c1n1p1": "nvme0c1n1p1", "0c1n1": "0c1n1", "sda": "sda", "": "",
	} {
		if got := Head(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
