//go:build xen

package dom0

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestDaemonModule loads a card's driver after the daemon has started and the card is
// there: the card is hidden before the driver comes, and stays so. A card that is declared
// after that is taken from the driver; one that was given back is left to it.
func TestDaemonModule(t *testing.T) {
	qemu := openMonitor(t)
	run(t, "modprobe", "-r", "e1000e")
	startDaemon(t, plugged)
	wantState(t, plugged, "absent")
	qemu.plug(t, "e1000e", "port1", "card1", plugged)
	t.Cleanup(func() { qemu.pull(t, "card1", plugged) })
	wantState(t, plugged, "hidden")
	must(t, "modprobe", "e1000e")
	must(t, "xenpci", "call", "Reconcile")
	wantState(t, plugged, "hidden")
	wantHidden(t, plugged)

	// A driver that is loaded again does not get it either.
	must(t, "rmmod", "e1000e")
	must(t, "modprobe", "e1000e")
	must(t, "xenpci", "call", "Reconcile")
	wantHidden(t, plugged)

	must(t, "rmmod", "e1000e")
	must(t, "xenpci", "unhide", plugged)
	wantState(t, plugged, "given_back")
	must(t, "modprobe", "e1000e")
	eventually(t, "its driver has the card that was given back", patience, func() bool { return driver(plugged) == "e1000e" })
	must(t, "xenpci", "call", "Reconcile")
	wantState(t, plugged, "given_back")

	writeDevices(t)
	eventually(t, "nothing is declared", patience, func() bool { return state(t, plugged) == "" })
	xenpci(t, done, "hide", plugged)
	xenpci(t, done, "unhide", plugged)
	must(t, "rmmod", "e1000e")
	must(t, "xenpci", "call", "Reload")
	writeDevices(t, plugged)
	wantState(t, plugged, "given_back") // as xenpci has noted
	must(t, "xenpci", "daemon", "reload")
	wantState(t, plugged, "hidden")
	must(t, "modprobe", "e1000e")
	wantHidden(t, plugged)
}

// TestDaemonXenstored kills xenstored, and starts it again. Meanwhile the daemon works; then
// it hears of guests' devices again. That interval is an hour long leaves xenstored alone to
// tell it. What Xen's own programs have lost by that is not xenpci's.
func TestDaemonXenstored(t *testing.T) {
	begin(t, card, twin)
	t.Cleanup(func() { run(t, "xenstore-rm", backendOfNobody) })
	if err := os.MkdirAll("/etc/xenpci", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/etc/xenpci/daemon.toml", []byte("interval = 3600\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	startDaemon(t, card)
	wantState(t, card, "hidden")
	wantHeard(t)

	pid, err := os.ReadFile("/run/xen/xenstored.pid")
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(number, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "xenstored has ended", patience, func() bool { return syscall.Kill(number, 0) != nil })
	writeDevices(t, card, twin)
	wantState(t, twin, "hidden")
	wantHidden(t, twin)
	wantHidden(t, card)

	must(t, "xenstored", "--pid-file", "/run/xen/xenstored.pid")
	must(t, "xen-init-dom0")
	wantHeard(t)
	wantState(t, card, "hidden")
	wantState(t, twin, "hidden")
	must(t, "xenpci", "unhide", card)
	wantState(t, card, "given_back")
}

// backendOfNobody is a node where xenstore has which guest has which device.
const backendOfNobody = "/local/domain/0/backend/pci/999"

// wantHeard waits until the daemon looks when the devices of guests change in xenstore.
func wantHeard(t *testing.T) {
	t.Helper()
	looks := func() string {
		for line := range strings.Lines(must(t, "xenpci", "call", "Metrics").stdout) {
			if _, n, ok := strings.Cut(line, `xenpci_reconciles_total{result="done"} `); ok {
				return n
			}
		}
		return ""
	}
	eventually(t, "the daemon hears of a change in xenstore", patience, func() bool {
		before := looks()
		must(t, "xenstore-write", backendOfNobody+"/0/online", "1")
		must(t, "sleep", "2")
		return looks() != before
	})
}
