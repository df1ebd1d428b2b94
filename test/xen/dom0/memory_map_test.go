//go:build xen

package dom0

import "testing"

// The firmware has reserved memory in the place of a PV guest's kernel. xl gives a PV guest with a
// device the machine's memory map, so that its kernel ends before it says a word, as check says.
// A guest that is given the card when it runs has a memory map of its own.
func TestGuestMemoryMap(t *testing.T) {
	begin(t, card)
	says(t, xenpci(t, done, "check", "00:09.0").stdout, "PV (attached when it runs, with passthrough=\"enabled\" in its configuration)")
	xenpci(t, done, "hide", "00:09.0")

	must(t, "xl", "create", guestFile(t, "early", pv, `on_poweroff = "destroy"`, giving(card)))
	awaitEnd(t, "early")
	if text := said("early"); text != "" {
		t.Errorf("the guest with the machine's memory map has said %q", text)
	}
	wantTenants(t, nil)
	wantHidden(t, card)

	launch(t, "late", pv, `passthrough = "enabled"`)
	must(t, "xl", "pci-attach", "late", "00:09.0")
	awaitAddress(t, "late", guestPatience, 1)
	wantTenants(t, map[string]string{card: "late"})
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "late", card)
	destroyGuest(t, "late")
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}
