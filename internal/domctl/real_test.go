package domctl

import (
	"errors"
	"os"
	"testing"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestReal asks the hypervisor of the machine. Compile this test, take it into
// a dom0 with an IOMMU and name a device there that no driver but pciback has.
func TestReal(t *testing.T) {
	if os.Getenv("XENPCI_DOMCTL_REAL") != "1" {
		t.Skip("XENPCI_DOMCTL_REAL=1 is not set: this quarantines the device XENPCI_DOMCTL_DEVICE of a dom0")
	}
	h, err := Open(sysfs.New("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	for id, want := range map[uint16]bool{0: true, 12345: false} {
		if got, err := h.DomainExists(id); got != want || err != nil {
			t.Errorf("domain %d: %v, %v; want %v", id, got, err, want)
		}
	}
	t.Logf("interface version %#x", h.versions.Numbers()[0])

	address, ok := pci.ParseName(os.Getenv("XENPCI_DOMCTL_DEVICE"))
	if !ok {
		t.Fatalf("XENPCI_DOMCTL_DEVICE=%q is no address like 0000:00:09.0", os.Getenv("XENPCI_DOMCTL_DEVICE"))
	}
	if os.Getenv("XENPCI_DOMCTL_IOMMU") == "0" {
		if err := h.Quarantine(address); !errors.Is(err, ErrNoIOMMU) {
			t.Errorf("quarantine without an IOMMU: %v", err)
		}
		if err := h.Release(address); !errors.Is(err, ErrNoIOMMU) {
			t.Errorf("release without an IOMMU: %v", err)
		}
		return
	}
	// In quarantine twice is in quarantine; out of it twice is an error.
	for range 2 {
		if err := h.Quarantine(address); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Release(address); err != nil {
		t.Fatal(err)
	}
	if err := h.Release(address); !errors.Is(err, ErrNotQuarantined) {
		t.Errorf("released twice: %v", err)
	}
	absent := pci.Address{Bus: 0xfe, Slot: 0x1f, Function: 7}
	if err := h.Quarantine(absent); !errors.Is(err, ErrUnknownDevice) {
		t.Errorf("a device that is not there: %v", err)
	}
}
