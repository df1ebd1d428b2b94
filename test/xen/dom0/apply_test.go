//go:build xen

package dom0

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// verified is what verify says of the one declared device.
type verified struct {
	Driver, First string
	Problem       struct{ Code string }
}

// apply, which boots call, hides what is declared, and verify sees it. Nothing here hides
// anything at the next boot, and verify says that.
func TestApply(t *testing.T) {
	begin(t, card, twin)
	declare(t, "[[device]]\naddress = \"00:09.0\"\nid = \"8086:100e\"\n")
	verify := func(driver string) {
		t.Helper()
		var document struct{ Result struct{ Devices []verified } }
		decode(t, xenpci(t, failed, "verify", "--json").stdout, &document)
		want := []verified{{Driver: driver, First: "e1000", Problem: struct{ Code string }{"no_layer"}}}
		if diff := cmp.Diff(want, document.Result.Devices); diff != "" {
			t.Errorf("verify (-want +got):\n%s", diff)
		}
	}
	verify("e1000")
	xenpci(t, done, "apply")
	wantHidden(t, card)
	wantHome(t, twin)
	verify("pciback")
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// declare makes the declared list, for the rest of the test.
func declare(t *testing.T, list string) {
	t.Helper()
	if err := os.MkdirAll("/etc/xenpci", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/etc/xenpci/devices.toml", []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove("/etc/xenpci/devices.toml") })
}
