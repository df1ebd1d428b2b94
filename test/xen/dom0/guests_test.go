//go:build xen

package dom0

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// Three guests have a card each. One is destroyed, one crashes and one powers itself off: each
// time its card is free and well, and the others keep theirs.
func TestGuestsEnd(t *testing.T) {
	begin(t, card, twin, realtek)
	xenpci(t, done, "hide", "00:09.0", "00:0a.0", "00:0b.0")
	ends := []struct {
		guest, address string
		end            []string
	}{
		{"destroyed", card, []string{"xl", "destroy", "destroyed"}},
		{"crashed", twin, []string{"xl", "sysrq", "crashed", "c"}},
		{"finished", realtek, []string{"xl", "sysrq", "finished", "o"}},
	}
	have := map[string]string{}
	for _, e := range ends {
		launch(t, e.guest, pv, `on_crash = "destroy"`, giving(e.address))
		have[e.address] = e.guest
	}
	for _, e := range ends {
		awaitAddress(t, e.guest, guestPatience, 1)
	}
	wantStandings(t, "destroyed", "crashed", "finished")
	for _, e := range ends {
		wantTenants(t, have)
		says(t, xenpci(t, refused, "unhide", e.address).stderr, e.guest, e.address)
		wantHidden(t, e.address)

		must(t, e.end...)
		awaitEnd(t, e.guest)
		delete(have, e.address)
		wantTenants(t, have)
		wantHidden(t, e.address)
		xenpci(t, done, "unhide", e.address)
		wantHome(t, e.address)
		wantNetwork(t, e.address)
	}
}

// A guest that crashed and is kept for a look at it keeps its card too.
func TestCrashedGuestIsKept(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	launch(t, "wreck", pv, `on_crash = "preserve"`, giving(card))
	awaitAddress(t, "wreck", guestPatience, 1)
	must(t, "xl", "sysrq", "wreck", "c")
	eventually(t, "the guest has crashed", guestPatience, func() bool {
		return strings.Contains(run(t, "xl", "list", "wreck").stdout, "c- ")
	})
	wantTenants(t, map[string]string{card: "wreck"})
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "wreck", "xl destroy")
	wantHidden(t, card)

	destroyGuest(t, "wreck")
	wantTenants(t, nil)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// A card is taken from a guest that runs, works in dom0, and is given to it again.
func TestDetachAndAttach(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	launch(t, "lasting", pv, giving(card))
	awaitAddress(t, "lasting", guestPatience, 1)
	wantTenants(t, map[string]string{card: "lasting"})
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "lasting", "xl pci-detach")
	wantHidden(t, card)

	must(t, "xl", "pci-detach", "lasting", "00:09.0")
	wantTenants(t, nil)
	wantHidden(t, card)
	says(t, must(t, "xl", "pci-assignable-list").stdout, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)

	xenpci(t, done, "hide", "00:09.0")
	must(t, "xl", "pci-attach", "lasting", "00:09.0")
	wantTenants(t, map[string]string{card: "lasting"})
	awaitAddress(t, "lasting", guestPatience, 2)
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "lasting")
	wantHidden(t, card)

	saveAndRestore(t, "lasting", card)
	destroyGuest(t, "lasting")
	wantTenants(t, nil)
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// xl hides a card itself for a guest that seizes it, and has pciback let the guest write all of
// its configuration space. Neither ends with the guest; both end with unhide.
func TestSeizedAndPermissive(t *testing.T) {
	begin(t, card)
	launch(t, "greedy", pv, `pci = [ "00:09.0,seize=1,permissive=1" ]`)
	wantTenants(t, map[string]string{card: "greedy"})
	wantHidden(t, card)
	wantPermissive(t, card)
	says(t, xenpci(t, done, "show", "00:09.0").stdout, "greedy", "Permissive: ")
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "greedy")

	destroyGuest(t, "greedy")
	wantTenants(t, nil)
	wantHidden(t, card)
	wantPermissive(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
	wantPermissive(t)
	xenpci(t, done, "hide", "00:09.0")
	wantPermissive(t)
	xenpci(t, done, "hide", "--permissive", "00:09.0")
	wantPermissive(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

// xl gives no device to a PVH guest, as check says.
func TestPVHGuest(t *testing.T) {
	begin(t, card)
	says(t, xenpci(t, done, "check", "00:09.0").stdout, "guests: PV, HVM; not PVH: ")
	xenpci(t, done, "hide", "00:09.0")
	r := run(t, "xl", "create", guestFile(t, "lean", `type = "pvh"`, giving(card)))
	if r.status == 0 {
		destroyGuest(t, "lean")
		t.Error("xl gave a PVH guest a card, and check says that it would not")
	}
	says(t, r.stderr, "PVH guests") // "passthrough not yet supported for x86 PVH guests"
	wantTenants(t, nil)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// giving is the line of a guest's configuration that gives it devices.
func giving(addresses ...string) string {
	return `pci = [ "` + strings.Join(addresses, `", "`) + `" ]`
}

// wantTenants fails the test unless list and status say of each device which guest has it, of
// all others that none has.
func wantTenants(t *testing.T, guests map[string]string) {
	t.Helper()
	got := map[string]string{}
	for address, s := range passthroughDocument(t) {
		if s.Guest != "" {
			got[address], _, _ = strings.Cut(s.Guest, " (")
		}
	}
	if len(got) != len(guests) {
		t.Errorf("list: guests have %v, want %v", got, guests)
	}
	status := xenpci(t, done, "status").stdout
	says(t, status, fmt.Sprintf(" %d assigned to guests,", len(guests)))
	for address, guest := range guests {
		if got[address] != guest {
			t.Errorf("list: %s has %s, want %s", got[address], address, guest)
		}
		says(t, status, guest)
	}
}

// wantPermissive fails the test unless pciback lets guests write the whole configuration space
// of these devices and of no other, and status says so.
func wantPermissive(t *testing.T, addresses ...string) {
	t.Helper()
	text, err := os.ReadFile(pciback + "permissive")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(text)); !slices.Equal(got, addresses) {
		t.Errorf("permissive: %q, want %q", got, addresses)
	}
	if got := strings.Count(xenpci(t, done, "status").stdout, "permissive: a guest may write"); got != len(addresses) {
		t.Errorf("status calls %d devices permissive, want %d", got, len(addresses))
	}
}

// awaitEnd waits until Xen has no such guest any more. The name goes first: until Xen has freed the
// domain too, the guest still has its card, and xl lists it as "(null)".
func awaitEnd(t *testing.T, name string) {
	t.Helper()
	eventually(t, name+" is gone", time.Minute, func() bool {
		return run(t, "xl", "domid", name).status != 0 && !strings.Contains(run(t, "xl", "list").stdout, "(null)")
	})
}
