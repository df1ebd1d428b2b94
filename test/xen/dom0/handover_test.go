//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"testing"
)

// TestHandover has the example program hide a card and give it back. The card has
// its driver again afterwards, and a network interface that is not the old one:
// it was taken away in between.
func TestHandover(t *testing.T) {
	begin(t, card)
	before := interfaceIndex(t, card)
	if r := run(t, "handover", card); r.status != done {
		t.Fatalf("status %d", r.status)
	}
	wantHome(t, card)
	wantNetwork(t, card)
	if after := interfaceIndex(t, card); after == before {
		t.Errorf("the interface is number %s as before: the card was never taken away", after)
	}
	if r := run(t, "handover", "0000:00:1f.7"); r.status != failed {
		t.Errorf("status %d for a device that is not there", r.status)
	}
}

// interfaceIndex returns the number that the kernel gave to the network interface
// of a card.
func interfaceIndex(t *testing.T, address string) string {
	t.Helper()
	files, err := filepath.Glob("/sys/bus/pci/devices/" + address + "/net/*/ifindex")
	if err != nil || len(files) != 1 {
		t.Fatalf("interfaces of %s: %v, %v", address, files, err)
	}
	index, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(index)
}
