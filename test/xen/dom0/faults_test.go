//go:build xen

package dom0

import (
	"os"
	"os/exec"
	"testing"
)

// TestRunFull hides a device while there is no room for the journal: nothing is begun.
func TestRunFull(t *testing.T) {
	begin(t, card)
	if err := os.MkdirAll("/run/xenpci", 0o755); err != nil {
		t.Fatal(err)
	}
	mountOver(t, "-t", "tmpfs", "-o", "size=16k", "full", "/run/xenpci")
	_ = exec.Command("dd", "if=/dev/zero", "of=/run/xenpci/filler").Run() // until there is no room left
	says(t, xenpci(t, failed, "hide", "00:09.0").stderr, "no space left on device")
	wantHome(t, card)
	if err := os.Remove("/run/xenpci/filler"); err != nil {
		t.Fatal(err)
	}
	xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

// TestReadOnlyEtc declares a device where nothing can be written: nothing is hidden. What is
// declared already is hidden all the same.
func TestReadOnlyEtc(t *testing.T) {
	begin(t, card, twin)
	writeDevices(t, twin)
	t.Cleanup(func() { _ = os.RemoveAll("/etc/xenpci") })
	mountOver(t, "--bind", "/etc", "/etc")
	must(t, "mount", "-o", "remount,ro,bind", "/etc")
	says(t, xenpci(t, failed, "hide", "--boot", "00:09.0").stderr, "/etc/xenpci", "read-only file system")
	wantHome(t, card)
	xenpci(t, done, "apply")
	wantHidden(t, twin)
	wantHome(t, card)
	xenpci(t, done, "unhide", "00:0a.0")
	wantHome(t, twin)
}

// mountOver mounts something for the rest of the test.
func mountOver(t *testing.T, args ...string) {
	t.Helper()
	must(t, append([]string{"mount"}, args...)...)
	t.Cleanup(func() { must(t, "umount", args[len(args)-1]) })
}

// TestClock sets the clock forward and back while the daemon runs, which takes back what a
// driver took in spite of that.
func TestClock(t *testing.T) {
	begin(t, card)
	startDaemon(t, card)
	wantState(t, card, "hidden")
	for _, days := range []string{"+1", "-2", "+1"} {
		must(t, "sh", "-c", "date -s @$(($(date +%s) + "+days+" * 86400))")
		takeBack(t, card)
		eventually(t, card+" is taken back", patience, func() bool { return driver(card) == "pciback" })
		wantState(t, card, "hidden")
		must(t, "xenpci", "daemon", "reload") // three losses would have it left alone
	}
	must(t, "xenpci", "unhide", "00:09.0")
	wantState(t, card, "given_back")
}
