package machine_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/internal/fakekernel/machine"
	"github.com/xenpci/xenpci/test/scratch"
)

// TestConsistent holds every committed archive to itself.
func TestConsistent(t *testing.T) {
	for _, m := range machine.All() {
		t.Run(m.Name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "sysfs", m.Name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			a, err := archive.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			root := scratch.Dir(t)
			if err := archive.Unpack(a, root); err != nil {
				t.Fatal(err)
			}
			checkLinks(t, root, a)
			found, err := filepath.Glob(root + "/sys/bus/pci/devices/*")
			if err != nil || len(found) == 0 {
				t.Fatalf("no devices: %v", err)
			}
			for _, dir := range found {
				t.Run(filepath.Base(dir), func(t *testing.T) { checkDevice(t, dir) })
			}
			checkNames(t, root, m)
		})
	}
}

// checkLinks wants every link outside the hidden directory to lead somewhere.
func checkLinks(t *testing.T, root string, a archive.Archive) {
	for _, e := range a.Entries {
		if e.Target == "" || strings.HasPrefix(e.Path, ".fakekernel/") {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, e.Path)); err != nil && filepath.Base(e.Path) != "subsystem" {
			t.Errorf("%s -> %s: %v", e.Path, e.Target, err)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(data), "\n")
}

func hexadecimal(t *testing.T, file string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(read(t, file), 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// identity is what uevent, modalias and config all say, each in its own way.
type identity struct {
	Vendor, Device, Subvendor, Subdevice, Class uint32
}

func checkDevice(t *testing.T, dir string) {
	want := identity{hexadecimal(t, dir+"/vendor"), hexadecimal(t, dir+"/device"), hexadecimal(t, dir+"/subsystem_vendor"),
		hexadecimal(t, dir+"/subsystem_device"), hexadecimal(t, dir+"/class")}
	modalias := fmt.Sprintf("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", want.Vendor, want.Device, want.Subvendor, want.Subdevice,
		want.Class>>16, want.Class>>8&0xff, want.Class&0xff)
	if got := read(t, dir+"/modalias"); got != modalias {
		t.Errorf("modalias %s, want %s", got, modalias)
	}
	uevent := map[string]string{
		"PCI_CLASS": fmt.Sprintf("%04X", want.Class), "PCI_ID": fmt.Sprintf("%04X:%04X", want.Vendor, want.Device),
		"PCI_SUBSYS_ID": fmt.Sprintf("%04X:%04X", want.Subvendor, want.Subdevice), "PCI_SLOT_NAME": filepath.Base(dir), "MODALIAS": modalias,
	}
	enable := "0"
	if to, err := os.Readlink(dir + "/driver"); err == nil {
		uevent["DRIVER"] = filepath.Base(to)
		enable = "1"
		back, err := filepath.EvalSymlinks(dir + "/driver/" + filepath.Base(dir))
		if here, _ := filepath.EvalSymlinks(dir); err != nil || back != here {
			t.Errorf("the driver's link leads to %q, %v", back, err)
		}
	}
	got := map[string]string{}
	for line := range strings.SplitSeq(read(t, dir+"/uevent"), "\n") {
		key, value, _ := strings.Cut(line, "=")
		got[key] = value
	}
	if diff := cmp.Diff(uevent, got); diff != "" {
		t.Error(diff)
	}
	if got := read(t, dir+"/enable"); got != enable {
		t.Errorf("enable %s, want %s", got, enable)
	}
	checkConfig(t, dir, want)
}

func checkConfig(t *testing.T, dir string, want identity) {
	space, err := os.ReadFile(dir + "/config")
	if err != nil {
		t.Fatal(err)
	}
	if len(space) < 64 {
		t.Fatalf("config has %d bytes", len(space))
	}
	word := func(at int) uint32 { return uint32(binary.LittleEndian.Uint16(space[at:])) }
	if _, err := os.Lstat(dir + "/physfn"); err == nil {
		want.Vendor, want.Device = 0xffff, 0xffff
	}
	got := identity{word(0), word(2), want.Subvendor, want.Subdevice, binary.LittleEndian.Uint32(space[8:]) >> 8}
	switch space[0x0e] & 0x7f {
	case 0:
		got.Subvendor, got.Subdevice = word(0x2c), word(0x2e)
	case 1:
		checkBridge(t, dir, space)
	case 2:
		got.Subvendor, got.Subdevice = word(0x40), word(0x42)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := hexadecimal(t, dir+"/revision"); got != uint32(space[8]) {
		t.Errorf("revision %02x, config says %02x", got, space[8])
	}
}

// checkBridge wants what is behind a bridge on the bus that it names.
func checkBridge(t *testing.T, dir string, space []byte) {
	behind, err := filepath.Glob(dir + "/*:??:??.?")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range behind {
		fields := strings.Split(filepath.Base(name), ":")
		if bus := fmt.Sprintf("%02x", space[0x19]); fields[1] != bus {
			t.Errorf("%s is behind a bridge to bus %s", filepath.Base(name), bus)
		}
	}
	own := strings.Split(filepath.Base(dir), ":")[1]
	if got := fmt.Sprintf("%02x", space[0x18]); got != own || space[0x19] > space[0x1a] {
		t.Errorf("buses %s, %02x to %02x", got, space[0x19], space[0x1a])
	}
}

// checkNames wants a name for every device in the machine's own pci.ids, but
// for QEMU's display, which pci.ids does not know either.
func checkNames(t *testing.T, root string, m machine.Machine) {
	names := "\n" + read(t, root+"/usr/share/misc/pci.ids")
	for _, d := range m.Devices {
		vendor, product, _ := strings.Cut(d.ID, ":")
		if d.ID == "1234:1111" {
			continue
		}
		if _, block, ok := strings.Cut(names, "\n"+vendor+"  "); !ok || !strings.Contains(block, "\n\t"+product+"  ") {
			t.Errorf("%s: no name for %s", d.Address, d.ID)
		}
	}
}
