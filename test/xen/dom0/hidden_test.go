//go:build xen

package dom0

import (
	"testing"
)

// Whoever hid a device and however, unhide brings it back.

func TestRawHideThenUnhide(t *testing.T) {
	begin(t, card)
	rawHide(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestOverrideThenUnhide(t *testing.T) {
	begin(t, card)
	must(t, "modprobe", "xen-pciback")
	mustWrite(t, devices+card+"/driver_override", "pciback\n")
	mustWrite(t, devices+card+"/driver/unbind", card)
	mustWrite(t, "/sys/bus/pci/drivers_probe", card)
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestModprobeHideThenUnhide(t *testing.T) {
	begin(t, card)
	must(t, "modprobe", "-r", "xen-pciback")
	mustWrite(t, devices+card+"/driver/unbind", card)
	must(t, "modprobe", "xen-pciback", "hide=(00:09.0)")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestSlotOnlyThenUnhide(t *testing.T) {
	begin(t, card)
	must(t, "modprobe", "xen-pciback")
	mustWrite(t, pciback+"new_slot", card)
	says(t, xenpci(t, done, "status").stdout, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

// What came from no driver goes to the one that matches.
func TestHideUnbound(t *testing.T) {
	begin(t, card)
	mustWrite(t, devices+card+"/driver/unbind", card)
	xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

func TestHideTwiceAndUnhideTwice(t *testing.T) {
	begin(t, card)
	for range 2 {
		xenpci(t, done, "hide", "00:09.0")
		wantHidden(t, card)
	}
	for range 2 {
		xenpci(t, done, "unhide", "00:09.0")
		wantHome(t, card)
	}
}
