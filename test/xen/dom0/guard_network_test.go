//go:build xen

package dom0

import (
	"path/filepath"
	"testing"
	"time"
)

// router answers behind every card.
const router = "10.0.2.2"

// The way out is a bridge on a bond of two cards: one of them may go, the last
// one not.
func TestGuardDefaultRoute(t *testing.T) {
	begin(t, card, twin, realtek)
	first, second := interfaceOf(t, card), interfaceOf(t, twin)
	bridgeOnBond(t, first, second)
	wantWayOut(t)
	captured(t, "guard-route")

	t.Run("both at once", func(t *testing.T) {
		says(t, xenpci(t, refused, "hide", card, twin).stderr, "the default route is on bridge xenbr0, on bond0, on "+first)
		if driver(card) != native[card] || driver(twin) != native[twin] {
			t.Errorf("refused, and moved: drivers %q and %q", driver(card), driver(twin))
		}
	})
	t.Run("first", func(t *testing.T) {
		wantWarned(t, card, "the default route is", "bridge xenbr0", "bond0", first, card, second)
		wantWayOut(t)
	})
	t.Run("last", func(t *testing.T) {
		wantRefused(t, twin, "the default route is", "bridge xenbr0", "bond0", second, twin)
		wantWayOut(t)
	})
	t.Run("free", func(t *testing.T) {
		wantFree(t, realtek)
		wantWayOut(t)
	})
}

// bridgeOnBond makes the bridge xenbr0 on bond0 of the cards, with an address
// and the default route, for the rest of the test.
func bridgeOnBond(t *testing.T, cards ...string) {
	t.Helper()
	must(t, "modprobe", "bonding", "max_bonds=0")
	must(t, "modprobe", "bridge")
	t.Cleanup(func() {
		run(t, "ip", "link", "del", "xenbr0")
		run(t, "ip", "link", "del", "bond0")
	})
	must(t, "ip", "link", "add", "bond0", "type", "bond")
	mustWrite(t, "/sys/class/net/bond0/bonding/mode", "active-backup")
	mustWrite(t, "/sys/class/net/bond0/bonding/miimon", "100")
	for _, name := range cards {
		must(t, "ip", "link", "set", name, "down")
		mustWrite(t, "/sys/class/net/bond0/bonding/slaves", "+"+name)
	}
	must(t, "ip", "link", "add", "xenbr0", "type", "bridge")
	must(t, "ip", "link", "set", "bond0", "master", "xenbr0")
	must(t, "ip", "link", "set", "bond0", "up")
	must(t, "ip", "addr", "add", "10.0.2.15/24", "dev", "xenbr0")
	must(t, "ip", "link", "set", "xenbr0", "up")
	must(t, "ip", "route", "add", "default", "via", router, "dev", "xenbr0")
}

// wantWayOut fails the test unless the router answers.
func wantWayOut(t *testing.T) {
	t.Helper()
	eventually(t, "an answer of the router", 30*time.Second, func() bool {
		return run(t, "ping", "-c", "1", "-W", "1", router).status == 0
	})
}

// interfaceOf returns the name of the card's only network interface, and waits for it.
func interfaceOf(t *testing.T, address string) (name string) {
	t.Helper()
	eventually(t, "a network interface of "+address, 10*time.Second, func() bool {
		found, _ := filepath.Glob(devices + address + "/net/*")
		if len(found) == 1 {
			name = filepath.Base(found[0])
		}
		return name != ""
	})
	return name
}
