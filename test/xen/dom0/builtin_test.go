//go:build xen

package dom0

import (
	"os"
	"strings"
	"testing"
)

// atBoot are the cards that the kernel's line names on hosts with a built-in pciback. The driver of
// the first, e1000, is a module; that of the second, 8139cp, is built in too.
var atBoot = []string{twin, realtek}

// TestBuiltIn needs a kernel that pciback is built into. It has to be the first test of a boot,
// since others give the cards back.
func TestBuiltIn(t *testing.T) {
	t.Cleanup(func() { begin(t, atBoot...) })
	wantBuiltIn(t)
	says(t, xenpci(t, done, "status").stdout, "pciback: built in\n", twin, realtek)
	says(t, xenpci(t, done, "boot").stdout, ", pciback built in\n")

	xenpci(t, done, "unhide", "00:0a.0", "00:0b.0")
	for _, address := range atBoot {
		wantHome(t, address)
		wantNetwork(t, address)
	}
	xenpci(t, done, "hide", "00:0a.0", "00:0b.0")
	for _, address := range atBoot {
		wantHidden(t, address)
	}
	xenpci(t, done, "unhide", "00:0a.0", "00:0b.0")
	for _, address := range atBoot {
		wantHome(t, address)
		wantNetwork(t, address)
	}
}

// TestBuiltInWithoutXen starts the same kernel without Xen. pciback takes the cards all the same,
// and xenpci gives them back, and hides none.
func TestBuiltInWithoutXen(t *testing.T) {
	t.Cleanup(func() { begin(t, atBoot...) })
	wantBuiltIn(t)
	says(t, xenpci(t, done, "status").stdout, "pciback: idle; this machine is not running Xen", twin, realtek)
	says(t, xenpci(t, failed, "hide", "00:09.0").stderr, "pciback is idle: this machine is not running Xen")
	if got := driver(card); got != native[card] {
		t.Errorf("%s: driver %q after a hide that was refused, want %q", card, got, native[card])
	}
	xenpci(t, done, "unhide", "00:0a.0", "00:0b.0")
	for _, address := range atBoot {
		wantHome(t, address)
		wantNetwork(t, address)
	}
}

// wantBuiltIn fails the test unless a pciback that is no module has the cards, and had them before
// any other driver.
func wantBuiltIn(t *testing.T) {
	t.Helper()
	for _, address := range atBoot {
		wantHidden(t, address)
		if text := must(t, "dmesg").stdout; strings.Contains(text, native[address]+" "+address) {
			t.Errorf("%s: its own driver had it before pciback", address)
		}
	}
	if text, err := os.ReadFile("/proc/modules"); err != nil || strings.Contains(string(text), "pciback") {
		t.Fatalf("pciback is a module here: %v", err)
	}
}
