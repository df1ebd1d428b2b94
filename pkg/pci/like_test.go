package pci_test

import (
	"errors"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

// TestLike tells misprints of an address from names.
func TestLike(t *testing.T) {
	for text, want := range map[string]bool{
		"00:09:0": true, "00.09.0": true, "00:09.8": true, "82.0.0": true, "0-2": true, "": true, "*": false, "..": true,
		"00:09.0,permissive=1": true, "00:09.0, 00:0a.0 and more": true, "10.0.0.1": true, "3c:fd:fe:15:72:01": true,
		"pci-0000:82:00.0-nvme-1": true, "PCI:10:0:0": true,
		"eth0": false, "eth0.100": false, "nvme0n1": false, "sda": false, "3": false, "beef": false, "nic:wan": false, "Slot 3": false,
	} {
		_, err := pci.ParseSelector(text)
		wrong := (*pci.AddressError)(nil)
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", text, err)
		} else if wrong.Like() != want {
			t.Errorf("%q: like an address is %v", text, !want)
		}
	}
}
