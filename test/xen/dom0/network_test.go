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
	var name string
	eventually(t, "a network interface of "+address, 10*time.Second, func() bool {
		found, _ := filepath.Glob(devices + address + "/net/*")
		if len(found) > 0 {
			name = filepath.Base(found[0])
		}
		return name != ""
	})
	must(t, "ip", "link", "set", name, "up")
	answer := must(t, "udhcpc", "-i", name, "-n", "-q", "-f", "-t", "8", "-T", "2")
	says(t, answer.stdout+answer.stderr, "lease of 10.0.2.15 obtained")
	must(t, "ip", "addr", "flush", "dev", name)
	must(t, "ip", "link", "set", name, "down")
}
