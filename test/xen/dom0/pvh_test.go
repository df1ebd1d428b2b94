//go:build xen

package dom0

import (
	"strings"
	"testing"
)

// TestPVGuestOfPVHDom0: xenpci says beforehand that a PV guest gets no interrupts from a card, and
// it gets none. The card works in dom0 afterwards.
func TestPVGuestOfPVHDom0(t *testing.T) {
	begin(t, card)
	const sentence = "dom0 is PVH: a PV guest gets no interrupts from it"
	says(t, xenpci(t, done, "check", card).stdout, "guest: "+sentence, "guests: HVM; not PV: "+sentence)
	says(t, xenpci(t, done, "hide", card).stderr, card+": "+sentence+"; give it to an HVM guest")

	launch(t, "silent", pv, giving(card))
	wantTenants(t, map[string]string{card: "silent"})
	eventually(t, "the guest gives up", guestPatience, func() bool { return strings.Contains(said("silent"), "guest: done") })
	if strings.Contains(said("silent"), "has the address") {
		t.Errorf("the guest has an address: this Xen connects the interrupt\n%s", said("silent"))
	}
	destroyGuest(t, "silent")

	xenpci(t, done, "unhide", card)
	must(t, "ip", "link", "set", interfaceOf(t, card), "up")
	xenpci(t, done, "unhide", card)
	wantHome(t, card)
	wantNetwork(t, card)
}
