//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// wantNetwork fails the test unless dom0 gets an address over the card, sends
// bytes and gets them back, and the card interrupts: the proof that it does DMA
// again. A card still in Xen's quarantine has a driver and looks well, and
// nothing passes.
func wantNetwork(t *testing.T, address string) {
	t.Helper()
	answer := askForAddress(t, address, "20")
	says(t, answer.stdout+answer.stderr, "lease of 10.0.2.15 obtained")
	if answer.status != 0 {
		t.Fatalf("no address over %s", address)
	}
	if answer.interrupts == 0 {
		t.Errorf("%s: no interrupt is counted", address)
	}
	if !answer.echoed {
		t.Errorf("%s: an address, and no answer over it", address)
	}
}

// talk is what came of asking for an address over a card.
type talk struct {
	result
	echoed     bool   // the router sent back what it was sent
	interrupts uint64 // of the card meanwhile
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
func askForAddress(t *testing.T, address, tries string) talk {
	t.Helper()
	name := interfaceOf(t, address)
	must(t, "ip", "link", "set", name, "up")
	if pvh() && driver(address) == native[address] {
		// Xen connects its interrupt only now.
		xenpci(t, done, "unhide", address)
	}
	before := interrupts(t, address)
	answer := talk{result: run(t, "udhcpc", "-i", name, "-n", "-q", "-f", "-t", tries, "-T", "1")}
	if answer.status == 0 {
		answer.echoed = run(t, "ping", "-q", "-c", "1", "-s", "1400", "-I", name, router).status == 0
	}
	answer.interrupts = interrupts(t, address) - before
	must(t, "ip", "addr", "flush", "dev", name)
	must(t, "ip", "link", "set", name, "down")
	return answer
}

// interrupts returns how often the device has interrupted, on all processors.
func interrupts(t *testing.T, address string) (count uint64) {
	t.Helper()
	text, err := os.ReadFile("/proc/interrupts")
	if err != nil {
		t.Fatal(err)
	}
	numbers, _ := filepath.Glob(devices + address + "/msi_irqs/*")
	if legacy, err := os.ReadFile(devices + address + "/irq"); err == nil && len(numbers) == 0 {
		numbers = []string{strings.TrimSpace(string(legacy))}
	}
	for line := range strings.Lines(string(text)) {
		number, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, n := range numbers {
			if filepath.Base(n) != number {
				continue
			}
			for _, field := range strings.Fields(rest) {
				each, err := strconv.ParseUint(field, 10, 64)
				if err != nil {
					break // what follows the counts
				}
				count += each
			}
		}
	}
	return count
}
