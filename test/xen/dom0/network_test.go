//go:build xen

package dom0

import (
	"path/filepath"
	"testing"
	"time"
)

// wantNetwork fails the test unless dom0 gets an address over the card: the
// proof that it does DMA again. A card still in Xen's quarantine has a driver
// and looks well, and nothing passes.
func wantNetwork(t *testing.T, address string) {
	t.Helper()
	answer := askForAddress(t, address, "20")
	says(t, answer.stdout+answer.stderr, "lease of 10.0.2.15 obtained")
	if answer.status != 0 {
		t.Fatalf("no address over %s", address)
	}
}

// wantNoNetwork fails the test when dom0 gets an address over the card.
func wantNoNetwork(t *testing.T, address string) {
	t.Helper()
	if answer := askForAddress(t, address, "5"); answer.status == 0 {
		t.Fatalf("an address over %s, whose DMA Xen should have stopped", address)
	}
}

// askForAddress asks for an address over the card, at most tries times, one a
// second.
func askForAddress(t *testing.T, address, tries string) result {
	t.Helper()
	var name string
	eventually(t, "a network interface of "+address, 10*time.Second, func() bool {
		found, _ := filepath.Glob(devices + address + "/net/*")
		if len(found) > 0 {
			name = filepath.Base(found[0])
		}
		return name != ""
	})
	must(t, "ip", "link", "set", name, "up")
	answer := run(t, "udhcpc", "-i", name, "-n", "-q", "-f", "-t", tries, "-T", "1")
	must(t, "ip", "addr", "flush", "dev", name)
	must(t, "ip", "link", "set", name, "down")
	return answer
}
