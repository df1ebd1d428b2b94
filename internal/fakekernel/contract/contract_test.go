package contract_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/contract"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// TestFake holds the fake kernel to the table.
func TestFake(t *testing.T) {
	h := fakekernel.Unpack(t, "qemu")
	contract.Run(t, h, h.FS())
}

// TestReal holds this machine's kernel to the table. It unbinds, binds and
// removes the two devices, and unloads their driver.
func TestReal(t *testing.T) {
	if os.Getenv("XENPCI_CONTRACT_REAL") != "1" {
		t.Skip("XENPCI_CONTRACT_REAL=1 is not set: this needs a Xen dom0 with two e1000 cards to spare")
	}
	const twins = "0000:00:09.0 0000:00:0a.0"
	if given := os.Getenv("XENPCI_CONTRACT_DEVICES"); given != twins {
		t.Fatalf("XENPCI_CONTRACT_DEVICES is %q; the rows are written for %q", given, twins)
	}
	fs := sysfs.New("/")
	for _, address := range strings.Fields(twins) {
		vendor, _ := fs.Attribute("/sys/bus/pci/devices/" + address + "/vendor")
		device, _ := fs.Attribute("/sys/bus/pci/devices/" + address + "/device")
		if vendor != "0x8086" || device != "0x100e" {
			t.Fatalf("%s is %s:%s, not an e1000 (0x8086:0x100e)", address, vendor, device)
		}
	}
	contract.Run(t, real{fs}, fs)
}

// real is this machine's kernel.
type real struct {
	sysfs.FS
}

func (real) LoadModule(name string, params ...string) error {
	return modprobe(append([]string{name}, params...)...)
}

func (real) UnloadModule(name string) error { return modprobe("-r", name) }

// modprobe gives the errno that modprobe's words stand for.
func modprobe(args ...string) error {
	out, err := exec.Command("modprobe", args...).CombinedOutput()
	if err == nil {
		return nil
	}
	for text, errno := range map[string]syscall.Errno{
		"Invalid argument": syscall.EINVAL, "No such device": syscall.ENODEV, "not found": syscall.ENOENT, "in use": syscall.EBUSY,
	} {
		if strings.Contains(string(out), text) {
			return fmt.Errorf("modprobe %s: %s: %w", strings.Join(args, " "), strings.TrimSpace(string(out)), errno)
		}
	}
	return fmt.Errorf("modprobe %s: %s: %w", strings.Join(args, " "), strings.TrimSpace(string(out)), err)
}
