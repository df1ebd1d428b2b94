//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The devices of the hosts.
const (
	card    = "0000:00:09.0"
	twin    = "0000:00:0a.0"
	realtek = "0000:00:0b.0"
	usbSlot = "00:1d"
)

const (
	devices = "/sys/bus/pci/devices/"
	drivers = "/sys/bus/pci/drivers/"
	pciback = drivers + "pciback/"
)

// native are the drivers that the devices have in dom0.
var native = map[string]string{
	card: "e1000", twin: "e1000", realtek: "8139cp",
	"0000:00:1d.0": "uhci_hcd", "0000:00:1d.1": "uhci_hcd", "0000:00:1d.2": "uhci_hcd", "0000:00:1d.7": "ehci-pci",
	path1: "nvme", path2: "nvme", single: "nvme", disk: "virtio-pci", spareUSB: "xhci_hcd",
	spareDisk: "virtio-pci", spareCard: "8139cp",
	behindPort: "e1000e",
}

// driver returns the name of the device's driver, or "".
func driver(address string) string {
	link, err := os.Readlink(devices + address + "/driver")
	if err != nil {
		return ""
	}
	return filepath.Base(link)
}

// slots returns pciback's.
func slots() []string {
	text, _ := os.ReadFile(pciback + "slots")
	return strings.Fields(string(text))
}

// write writes a value to an attribute with one write(2), as echo does.
func write(path, value string) error {
	fd, err := syscall.Open(path, syscall.O_WRONLY, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer syscall.Close(fd)
	if _, err := syscall.Write(fd, []byte(value)); err != nil {
		return &os.PathError{Op: "write " + value, Path: path, Err: err}
	}
	return nil
}

// mustWrite is write that has to succeed.
func mustWrite(t *testing.T, path, value string) {
	t.Helper()
	if err := write(path, value); err != nil {
		t.Fatal(err)
	}
}

// rawHide hides a device as the old scripts do.
func rawHide(t *testing.T, address string) {
	t.Helper()
	must(t, "modprobe", "xen-pciback")
	mustWrite(t, devices+address+"/driver/unbind", address)
	mustWrite(t, pciback+"new_slot", address)
	mustWrite(t, pciback+"bind", address)
}

// takeBack has a device's own driver take it from pciback, as scripts do that know no better.
func takeBack(t *testing.T, address string) {
	t.Helper()
	mustWrite(t, pciback+"unbind", address)
	_ = write(drivers+native[address]+"/bind", address) // EBUSY where the daemon was faster
}

// wantHidden fails the test unless pciback has the device and its slot.
func wantHidden(t *testing.T, address string) {
	t.Helper()
	if got := driver(address); got != "pciback" {
		t.Fatalf("%s: driver %q, want pciback", address, got)
	}
	if !slices.Contains(slots(), address) {
		t.Fatalf("%s: its slot is not registered: %q", address, slots())
	}
}

// wantHome fails the test unless dom0's own driver has the device and nothing
// is left in pciback or of an override.
func wantHome(t *testing.T, address string) {
	t.Helper()
	if got, want := driver(address), native[address]; got != want {
		t.Fatalf("%s: driver %q, want %q", address, got, want)
	}
	if slices.Contains(slots(), address) {
		t.Fatalf("%s: its slot is still registered", address)
	}
	if override, _ := os.ReadFile(devices + address + "/driver_override"); string(override) != "(null)\n" {
		t.Fatalf("%s: driver_override is still %q", address, override)
	}
}

// begin starts a test with the devices at home, whatever an earlier one left,
// and puts them back there when the test is over.
func begin(t *testing.T, addresses ...string) {
	t.Helper()
	home := func() {
		for _, address := range addresses {
			sendHome(t, address)
		}
		_ = os.RemoveAll("/run/xenpci")
	}
	home()
	t.Cleanup(home)
}

// sendHome brings a device back without xenpci.
func sendHome(t *testing.T, address string) {
	t.Helper()
	if driver(address) == native[address] && !slices.Contains(slots(), address) {
		return
	}
	if toolstack() {
		// It de-quarantines, whatever else it says.
		run(t, "xl", "pci-assignable-remove", address)
		run(t, "xenstore-rm", "/libxl/pci/"+strings.NewReplacer(":", "-", ".", "-").Replace(address))
	}
	if now := driver(address); now != "" && now != native[address] {
		mustWrite(t, devices+address+"/driver/unbind", address)
	}
	_ = write(pciback+"remove_slot", address)
	mustWrite(t, devices+address+"/driver_override", "\n")
	if driver(address) == "" {
		mustWrite(t, drivers+native[address]+"/bind", address)
	}
}

// toolstack reports whether xenstored runs here.
func toolstack() bool {
	_, err := os.Stat("/run/xen/xenstored.pid")
	return err == nil
}
