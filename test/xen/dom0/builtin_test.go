//go:build xen

package dom0

import (
	"os"
	"strings"
	"testing"
)

// TestBuiltIn is about a kernel that pciback is a part of, and whose line hides two cards. The
// driver of one of them is a part of the kernel too. It has to be the first test of a boot,
// since others give the cards back.
func TestBuiltIn(t *testing.T) {
	t.Cleanup(func() { begin(t, card, twin, realtek) })
	for _, address := range []string{twin, realtek} {
		wantHidden(t, address)
		if text := must(t, "dmesg").stdout; strings.Contains(text, native[address]+" "+address) {
			t.Errorf("%s: its own driver had it before pciback", address)
		}
	}
	if text, err := os.ReadFile("/proc/modules"); err != nil || strings.Contains(string(text), "pciback") {
		t.Fatalf("pciback is a module here: %v", err)
	}
	var document struct {
		Result struct {
			Pciback struct{ Presence, Hide string }
			Devices []struct{ Address string }
		}
	}
	decode(t, xenpci(t, done, "status", "--json").stdout, &document)
	t.Logf("%+v", document)

	xenpci(t, done, "unhide", "00:0a.0", "00:0b.0")
	wantHome(t, twin)
	wantHome(t, realtek)
	wantNetwork(t, twin)
	wantNetwork(t, realtek)
}
