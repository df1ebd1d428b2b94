//go:build xen

package dom0

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

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

	killXenstored(t)
	writeDevices(t, card, twin)
	wantState(t, twin, "hidden")
	wantHidden(t, twin)
	wantHidden(t, card)

	startXenstored(t)
	wantHeard(t)
	run(t, "xl", "list") // what is left of it is shown, and not asserted
	wantState(t, card, "hidden")
	wantState(t, twin, "hidden")
	must(t, "xenpci", "unhide", card)
	wantState(t, card, "given_back")
}

func killXenstored(t *testing.T) {
	t.Helper()
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
}

// startXenstored starts it again, without what it knew.
func startXenstored(t *testing.T) {
	t.Helper()
	must(t, "xenstored", "--pid-file", "/run/xen/xenstored.pid")
	must(t, "xen-init-dom0")
}

// backendOfNobody is a node where xenstore has which guest has which device.
const backendOfNobody = "/local/domain/0/backend/pci/999"

// wantHeard waits until the daemon looks when the devices of guests change in xenstore.
func wantHeard(t *testing.T) {
	t.Helper()
	looks := func() string {
		var reply struct{ Text string }
		if err := json.Unmarshal([]byte(must(t, "xenpci", "call", "Metrics").stdout), &reply); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(reply.Text, `xenpci_reconciles_total{result="done"} `)
		n, _, _ := strings.Cut(rest, "\n")
		if n == "" {
			t.Fatalf("the looks are not counted: %s", reply.Text)
		}
		return n
	}
	eventually(t, "the daemon hears of a change in xenstore", patience, func() bool {
		before := looks()
		must(t, "xenstore-write", backendOfNobody+"/0/online", "1")
		must(t, "sleep", "2")
		return looks() != before
	})
}
