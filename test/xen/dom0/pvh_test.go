//go:build xen

package dom0

import (
	"os"
	"strings"
	"testing"
)

// TestPVGuestOfPVHDom0: xenpci says beforehand that a PV guest gets no interrupts from a card, and
// it gets none. The card works in dom0 afterwards.
func TestPVGuestOfPVHDom0(t *testing.T) {
	begin(t, card)
	// xl maps the line of a guest's first card under 16 in the guest, whatever its number is.
	if line, err := os.ReadFile(devices + card + "/irq"); err != nil || string(line) == "16\n" {
		t.Fatalf("the card must have another line than 16, which works: %q, %v", line, err)
	}
	const noInterrupts = "a PV guest gets no interrupts from this device"
	says(t, xenpci(t, done, "check", card).stdout, "guest: "+noInterrupts, "guests: HVM; not PV: ")
	says(t, xenpci(t, done, "hide", card).stderr, card+": "+noInterrupts)

	launch(t, "silent", pv, giving(card))
	wantTenants(t, map[string]string{card: "silent"})
	eventually(t, "the guest gets no address", guestPatience, func() bool { return strings.Contains(said("silent"), "got no address") })
	destroyGuest(t, "silent")

	xenpci(t, done, "unhide", card)
	must(t, "ip", "link", "set", interfaceOf(t, card), "up")
	xenpci(t, done, "unhide", card)
	wantHome(t, card)
	wantNetwork(t, card)
}
