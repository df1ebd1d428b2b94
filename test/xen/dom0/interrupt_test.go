//go:build xen

package dom0

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// pvh reports whether dom0 is PVH.
func pvh() bool {
	kind, _ := os.ReadFile("/sys/hypervisor/guest_type")
	return strings.TrimSpace(string(kind)) == "PVH"
}

// TestInterruptLater is the test of the same name in internal/engine, on a real Xen and a real
// kernel: a card that no driver has opened before it was hidden gets no interrupts when it is
// given back, until unhide tells Xen to connect them. It has to be the first test of a boot that
// opens the card.
func TestInterruptLater(t *testing.T) {
	begin(t, twin)
	if count := interrupts(t, twin); count != 0 {
		t.Fatalf("dom0 has counted %d interrupts of the card, so it is not the first test", count)
	}
	says(t, xenpci(t, done, "check", twin).stdout, "it has a legacy interrupt and no MSI")
	xenpci(t, done, "hide", twin)
	says(t, xenpci(t, done, "unhide", twin).stderr, "only when a driver has requested it")
	wantHome(t, twin)
	says(t, xenpci(t, done, "status").stderr, "only when a driver has requested it")

	must(t, "ip", "link", "set", interfaceOf(t, twin), "up")
	run(t, "udhcpc", "-i", interfaceOf(t, twin), "-n", "-q", "-f", "-t", "2", "-T", "1")
	if count := interrupts(t, twin); count != 0 {
		t.Errorf("%d interrupts before Xen was told: this kernel, or this Xen, does not lose them", count)
	}

	var document struct {
		Result struct {
			Devices []struct {
				Interrupt struct {
					GSI, Arrived int
					Connected    bool
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(xenpci(t, done, "unhide", twin, "--json").stdout), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Result.Devices) != 1 || !document.Result.Devices[0].Interrupt.Connected || document.Result.Devices[0].Interrupt.GSI == 0 {
		t.Errorf("%+v", document.Result)
	}
	if text := xenpci(t, done, "status").stderr; strings.Contains(text, "only when a driver has requested it") {
		t.Errorf("status: %s", text)
	}
	wantNetwork(t, twin)

	// Xen keeps the connection.
	xenpci(t, done, "hide", twin)
	xenpci(t, done, "unhide", twin)
	wantNetwork(t, twin)
}

// TestInterruptLateDaemon: xenpcid does by itself what unhide has to be run once more for. It has
// to be the first test of a boot that opens the card.
func TestInterruptLateDaemon(t *testing.T) {
	begin(t, card)
	if count := interrupts(t, card); count != 0 {
		t.Fatalf("dom0 has counted %d interrupts of the card, so it is not the first test", count)
	}
	xenpci(t, done, "hide", card)
	says(t, xenpci(t, done, "unhide", card).stderr, "only when a driver has requested it")
	startDaemon(t)
	must(t, "ip", "link", "set", interfaceOf(t, card), "up")
	eventually(t, "the daemon has connected the interrupt", time.Minute, func() bool {
		return !strings.Contains(run(t, "xenpci", "status").stderr, "only when a driver has requested it")
	})
	wantNetwork(t, card)
}
