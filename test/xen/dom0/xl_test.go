//go:build xen

package dom0

import (
	"strings"
	"testing"
)

func TestXLAddThenUnhide(t *testing.T) {
	begin(t, card)
	must(t, "xl", "pci-assignable-add", "00:09.0")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// Raw writes leave a device in Xen's quarantine: it has its driver and looks
// well, and nothing passes. unhide cures that too.
func TestXLAddRawUnhideThenUnhide(t *testing.T) {
	begin(t, card)
	must(t, "xl", "pci-assignable-add", "00:09.0")
	mustWrite(t, pciback+"unbind", card)
	mustWrite(t, pciback+"remove_slot", card)
	mustWrite(t, drivers+"e1000/bind", card)
	wantHome(t, card)
	wantNoNetwork(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestHideThenXLRemove(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	must(t, "xl", "pci-assignable-remove", "-r", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestXLAddAfterHide(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	must(t, "xl", "pci-assignable-add", "00:09.0")
	xenpci(t, done, "hide", "00:09.0")
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestNameForXL(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "--name", "uplink", "00:09.0")
	says(t, must(t, "xl", "pci-assignable-list", "-n").stdout, card+" uplink")
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	if got := run(t, "xenstore-read", "/libxl/pci/0000-00-09-0/name"); got.status == 0 {
		t.Errorf("the name is left in xenstore: %q", got.stdout)
	}
}

func TestNoQuarantine(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "--no-quarantine", "00:09.0")
	wantHidden(t, card)
	// xl cannot take out of quarantine what is not in it.
	if got := run(t, "xl", "pci-assignable-remove", "-r", "00:09.0"); got.status == 0 || !strings.Contains(got.stderr, "de-quarantine") {
		t.Errorf("xl found it in quarantine: %d %q", got.status, got.stderr)
	}
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}
