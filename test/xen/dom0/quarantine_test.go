//go:build xen

package dom0

import (
	"strings"
	"testing"
)

// What Xen's own dump of devices says is what was done: a hidden card is the
// quarantine's, and dom0's again once it was given back.
func TestQuarantine(t *testing.T) {
	begin(t, card)
	before := ownerInXen(t, card)
	xenpci(t, done, "hide", "00:09.0")
	if hidden := ownerInXen(t, card); hidden == before || !quarantines(hidden) {
		t.Errorf("hidden, and Xen says that it is of %q; it was of %q", hidden, before)
	}
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	if after := ownerInXen(t, card); after != before {
		t.Errorf("given back, and Xen says that it is of %q; it was of %q", after, before)
	}
	wantNetwork(t, card)
}

// ownerInXen returns the domain of a device in the words of Xen's dump:
// "d0" and "d[IO]", or "dom 0".
func ownerInXen(t *testing.T, address string) (owner string) {
	t.Helper()
	must(t, "xl", "debug-keys", "Q")
	// The last dump in the ring counts.
	for line := range strings.Lines(must(t, "xl", "dmesg").stdout) {
		if _, rest, ok := strings.Cut(line, address+" - "); ok {
			owner, _, _ = strings.Cut(rest, " - ")
		}
	}
	if owner == "" {
		t.Fatalf("%s is not in Xen's dump", address)
	}
	return strings.TrimSpace(owner)
}

// quarantines reports whether that is dom_io, which has the number 32753.
func quarantines(owner string) bool {
	return strings.HasPrefix(owner, "DomIO") || owner == "d[IO]" || strings.HasSuffix(owner, "32753")
}
