package inventory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/seen"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestMain makes this binary the program that reads, too.
func TestMain(m *testing.M) {
	Serve()
	os.Exit(m.Run())
}

// machine is a captured machine, and what udev has of its disks.
func machine(t *testing.T, name string, files ...string) string {
	t.Helper()
	root := fakekernel.Unpack(t, name).Root
	if err := os.MkdirAll(root+"/var/lib", 0o755); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		put(t, root, files[i], files[i+1])
	}
	return root
}

func put(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func addresses(t *testing.T, texts ...string) []pci.Address {
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

// remembered returns the cards that are remembered, by the addresses at which they were.
func remembered(t *testing.T, root string) map[string]seen.Card {
	t.Helper()
	memory, err := seen.Open(sysfs.New(root))
	if err != nil {
		t.Fatal(err)
	}
	cards := map[string]seen.Card{}
	for _, r := range memory.Records() {
		cards[r.Identity.Address.Short()] = r.Card
	}
	return cards
}

// TestRecord asks the real child about a captured machine. One device has no modalias,
// of which ghw's own list of PCI devices would be empty.
func TestRecord(t *testing.T) {
	root := machine(t, "guard-disks",
		"/run/udev/data/b8:0", "N:sda\nE:ID_MODEL=QEMU_HARDDISK_of_1_TB\nE:ID_SERIAL=QEMU_HARDDISK_QM1\nE:ID_SERIAL_SHORT=QM1\nE:ID_WWN=0x5000c500a1b2c3d4\n",
		"/run/udev/data/b254:0", "E:ID_SERIAL=vda-serial\n", "/sys/bus/pci/devices/0000:00:02.0/modalias", "")
	if err := Record(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	all := remembered(t, root)
	want := map[string]seen.Card{
		"00:1f.2": {Disks: []seen.Disk{{Name: "sda", Model: "QEMU HARDDISK of 1 TB", Serial: "QM1", WWN: "0x5000c500a1b2c3d4", Size: 134217728}}},
		"01:00.0": {Disks: []seen.Disk{{Name: "nvme0n1", Model: "QEMU NVMe Ctrl", Serial: "NYSD1291", Size: 134217728}}},
		"00:06.0": {Disks: []seen.Disk{{Name: "vda", Serial: "vda-serial", Size: 134217728}}},
	}
	for at, card := range want {
		if diff := cmp.Diff(card, all[at]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", at, diff)
		}
	}
	if len(all) < 6 {
		t.Errorf("only %d devices are remembered: %v", len(all), all)
	}
}

// TestRecordInterfaces asks about two of four interfaces, of which one has a speed.
func TestRecordInterfaces(t *testing.T) {
	root := machine(t, "server")
	for name, value := range map[string]string{"eth0/speed": "10000\n", "eth1/speed": "-1\n", "eth2/speed": "1000\n"} {
		put(t, root, "/sys/class/net/"+name, value)
	}
	if err := Record(t.Context(), root, addresses(t, "18:00.0", "18:00.1", "00:00.0")...); err != nil {
		t.Fatal(err)
	}
	want := map[string]seen.Card{
		"18:00.0": {Interfaces: []seen.Interface{{Name: "eth0", MAC: "3c:fd:fe:15:72:00", Speed: 10000}}},
		"18:00.1": {Interfaces: []seen.Interface{{Name: "eth1", MAC: "3c:fd:fe:15:72:01"}}},
	}
	if diff := cmp.Diff(want, remembered(t, root)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What was known stays where ghw does not know it any more.
	put(t, root, "/sys/class/net/eth0/speed", "-1\n")
	if err := Record(t.Context(), root, addresses(t, "18:00.0")...); err != nil {
		t.Fatal(err)
	}
	if got := remembered(t, root)["18:00.0"].Interfaces[0].Speed; got != 10000 {
		t.Errorf("%d Mb/s", got)
	}
}

// TestRecordWithoutGHW remembers what xenpci reads where ghw fails: an empty line in the
// table of mounts makes it panic.
func TestRecordWithoutGHW(t *testing.T) {
	root := machine(t, "server")
	put(t, root, "/proc/self/mounts", "\n")
	err := Record(t.Context(), root, addresses(t, "81:00.0")...)
	if failed := (*program.Error)(nil); !errors.As(err, &failed) {
		t.Errorf("%v, want that the other process failed", err)
	}
	if got := remembered(t, root)["81:00.0"].Disks; len(got) != 1 || got[0].Name != "nvme0n1" {
		t.Errorf("%+v", got)
	}
}

// TestReadIsKilled ends a process that waits for a driver.
func TestReadIsKilled(t *testing.T) {
	root := machine(t, "server")
	if err := syscall.Mkfifo(filepath.Join(root, "/sys/class/net/eth0/speed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t.Context(), root, time.Second); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that it took too long", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := read(ctx, root, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was interrupted", err)
	}
}

// TestReadIsBounded reads no more than there may be.
func TestReadIsBounded(t *testing.T) {
	root := machine(t, "server")
	long := strings.Repeat("x", 3<<20)
	for i := range 2 {
		put(t, root, fmt.Sprintf("/sys/block/sdx%d/dev", i), fmt.Sprintf("99:%d\n", i))
		put(t, root, fmt.Sprintf("/run/udev/data/b99:%d", i), "E:ID_MODEL="+long+"\n")
	}
	if _, err := read(t.Context(), root, time.Minute); !errors.Is(err, errTooMuch) {
		t.Errorf("%v, want %v", err, errTooMuch)
	}
}

// TestRecordNothing starts nothing for devices of which nothing is shown.
func TestRecordNothing(t *testing.T) {
	root := machine(t, "server")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a process could not be started
	if err := Record(ctx, root, addresses(t, "00:00.0")...); err != nil {
		t.Error(err)
	}
	if got := remembered(t, root); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// TestRecordNowhere reports that there is no PCI bus.
func TestRecordNowhere(t *testing.T) {
	if err := Record(t.Context(), t.TempDir()); !sysfs.IsNotExist(err) {
		t.Errorf("%v, want that there is no such folder", err)
	}
}

// TestStuck returns the devices that a run has begun to move.
func TestStuck(t *testing.T) {
	f := sysfs.New(machine(t, "server"))
	run, err := journal.Start(f)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	want := addresses(t, "18:00.1")
	if err := run.Begin(plan.Action{Verb: plan.Hide, Device: want[0]}); err != nil {
		t.Fatal(err)
	}
	got, err := stuck(f)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestAdd(t *testing.T) {
	c := seen.Card{
		Interfaces: []seen.Interface{{Name: "eth0"}, {Name: "eth1", MAC: "a", Speed: 10}},
		Disks:      []seen.Disk{{Name: "sda", Model: "Samsung SSD 860"}, {Name: "sdb", Model: "WDC", Serial: "s", WWN: "naa.1", Size: 8}, {Name: "sdc"}},
	}
	known := seen.Card{
		Interfaces: []seen.Interface{{Name: "eth1", MAC: "b", Speed: 100}, {Name: "eth0", MAC: "c", Speed: 1000}, {Name: "eth2", MAC: "d"}},
		Disks:      []seen.Disk{{Name: "sdb", Model: "Samsung", Serial: "t", WWN: "naa.2", Size: 16}, {Name: "sda", Model: "Samsung SSD 860 EVO", Serial: "u", WWN: "0x3", Size: 32}},
	}
	want := seen.Card{
		Interfaces: []seen.Interface{{Name: "eth0", MAC: "c", Speed: 1000}, {Name: "eth1", MAC: "a", Speed: 10}},
		Disks:      []seen.Disk{{Name: "sda", Model: "Samsung SSD 860 EVO", Serial: "u", WWN: "0x3", Size: 32}, {Name: "sdb", Model: "WDC", Serial: "s", WWN: "naa.1", Size: 8}, {Name: "sdc"}},
	}
	if diff := cmp.Diff(want, add(c, known)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestServeElsewhere leaves every other command line to main: this test runs at all.
func TestServeElsewhere(t *testing.T) {
	args := os.Args
	defer func() { os.Args = args }()
	for _, os.Args = range [][]string{{"xenpcid"}, {"xenpcid", argument}, {"xenpcid", "--root", "/"}, {"xenpcid", argument, "/", "/"}} {
		Serve()
	}
	if slices.Contains(args, argument) {
		t.Error("this is the other process")
	}
}
