//go:build xen

package dom0

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nobody is a user without any right.
const nobody = 65534

func TestTwins(t *testing.T) {
	begin(t, card, twin)
	refusal := xenpci(t, usage, "hide", "8086:100e")
	says(t, refusal.stderr, "00:09.0", "00:0a.0")
	wantHome(t, card)
	wantHome(t, twin)
	xenpci(t, done, "hide", "00:0a.0")
	wantHidden(t, twin)
	wantHome(t, card)
	xenpci(t, done, "unhide", "00:0a.0")
	wantHome(t, twin)
	wantHome(t, card)
}

func TestVendorAndDevice(t *testing.T) {
	begin(t, realtek)
	xenpci(t, done, "hide", "10ec:8139")
	wantHidden(t, realtek)
	xenpci(t, done, "unhide", "10ec:8139")
	wantHome(t, realtek)
	wantNetwork(t, realtek)
}

// usbFunctions are a USB controller: three functions of UHCI, and EHCI.
var usbFunctions = []string{"0000:00:1d.0", "0000:00:1d.1", "0000:00:1d.2", "0000:00:1d.7"}

// TestAllFunctionsOfASlot moves a USB controller often enough to crash a dom0 that would
// corrupt its memory by that (docs/kernel.md).
func TestAllFunctionsOfASlot(t *testing.T) {
	const rounds = 6
	begin(t, usbFunctions...)
	for range rounds {
		xenpci(t, done, "hide", usbSlot)
		for _, function := range usbFunctions {
			wantHidden(t, function)
		}
		xenpci(t, done, "unhide", usbSlot+".*")
		for _, function := range usbFunctions {
			wantHome(t, function)
		}
	}
}

// TestPartOfUSBController refuses what would corrupt the kernel's memory.
func TestPartOfUSBController(t *testing.T) {
	begin(t, usbFunctions...)
	uhci, ehci := usbFunctions[0], usbFunctions[3]
	says(t, xenpci(t, refused, "hide", uhci).stderr, "shares its USB ports with "+ehci, "xenpci hide 0000:"+usbSlot)
	xenpci(t, done, "hide", "--force", uhci)
	says(t, xenpci(t, refused, "hide", "--force", ehci).stderr, "its USB companion "+uhci)
	wantHome(t, ehci)
	xenpci(t, done, "unhide", uhci)
	xenpci(t, done, "hide", usbSlot)
	says(t, xenpci(t, refused, "unhide", ehci).stderr, "its USB companion "+uhci, "xenpci unhide 0000:"+usbSlot)
	wantHidden(t, ehci)
	xenpci(t, done, "unhide", usbSlot)
	for _, function := range usbFunctions {
		wantHome(t, function)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	begin(t, card, twin, realtek)
	xenpci(t, done, "hide", "00:09.0", "00:0a.0", "00:0b.0")
	for _, address := range []string{card, twin, realtek} {
		wantHidden(t, address)
	}
	xenpci(t, done, "unhide", "00:09.0", "00:0a.0", "00:0b.0")
	for _, address := range []string{card, twin, realtek} {
		wantHome(t, address)
		wantNetwork(t, address)
	}
}

func TestUnhideForAnotherDriver(t *testing.T) {
	begin(t, card)
	must(t, "modprobe", "pci-stub", "ids=8086:100e")
	t.Cleanup(func() { run(t, "modprobe", "-r", "pci-stub") })
	xenpci(t, done, "hide", "00:09.0")
	xenpci(t, done, "unhide", "--driver", "pci-stub", "00:09.0")
	if got := driver(card); got != "pci-stub" {
		t.Errorf("driver %q, want pci-stub", got)
	}
	if slices.Contains(slots(), card) {
		t.Errorf("its slot is still registered")
	}
}

func TestDryRun(t *testing.T) {
	begin(t, card)
	before := snapshot(t)
	says(t, xenpci(t, done, "hide", "--dry-run", "00:09.0").stdout, "unbind", "new_slot")
	if diff := cmp.Diff(before, snapshot(t)); diff != "" {
		t.Errorf("hide --dry-run changed something (-before +after):\n%s", diff)
	}
	xenpci(t, done, "hide", "00:09.0")
	before = snapshot(t)
	says(t, xenpci(t, done, "unhide", "--dry-run", "00:09.0").stdout, "remove_slot")
	if diff := cmp.Diff(before, snapshot(t)); diff != "" {
		t.Errorf("unhide --dry-run changed something (-before +after):\n%s", diff)
	}
}

// snapshot is all that hide and unhide change.
func snapshot(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{"slots": strings.Join(slots(), " ")}
	for address := range native {
		override, _ := os.ReadFile(devices + address + "/driver_override")
		state[address] = driver(address) + " " + string(override)
	}
	if toolstack() {
		state["xenstore"] = run(t, "xenstore-ls", "/libxl/pci").stdout
	}
	return state
}

func TestWrongInput(t *testing.T) {
	begin(t, card)
	for _, test := range []struct {
		name   string
		args   []string
		status int
		words  []string
	}{
		{"no ID", []string{"hide"}, usage, nil},
		{"unknown verb", []string{"conceal", "00:09.0"}, usage, []string{"conceal"}},
		{"unknown flag", []string{"hide", "--hard", "00:09.0"}, usage, []string{"--hard"}},
		{"colon for a point", []string{"hide", "00:09:0"}, usage, []string{"00:09.0"}},
		{"slot out of range", []string{"hide", "00:20.0"}, usage, nil},
		{"shell", []string{"hide", "00:09.0;reboot"}, usage, nil},
		{"no such device", []string{"hide", "00:1c.0"}, noDevice, []string{"00:1c.0"}},
		{"no such id", []string{"unhide", "dead:beef"}, noDevice, []string{"dead:beef"}},
		{"one of two missing", []string{"hide", "00:09.0", "00:1c.0"}, noDevice, []string{"00:1c.0"}},
		{"driver that is a path", []string{"unhide", "--driver", "../e1000", "00:09.0"}, usage, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := xenpci(t, test.status, test.args...)
			says(t, r.stderr, test.words...)
			wantHome(t, card)
		})
	}
}

func TestWithoutRoot(t *testing.T) {
	begin(t, card)
	for _, verb := range []string{"hide", "unhide"} {
		r := runIn(t, func(c *exec.Cmd) {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}, "xenpci", verb, "00:09.0")
		if r.status != failed {
			t.Errorf("%s: status %d, want %d", verb, r.status, failed)
		}
		if lines := strings.Split(strings.TrimSpace(r.stderr), "\n"); len(lines) != 1 || !strings.Contains(r.stderr, "root") {
			t.Errorf("%s: not one sentence on root: %q", verb, r.stderr)
		}
		wantHome(t, card)
	}
	r := runIn(t, func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}, "xenpci", "list")
	if r.status != done {
		t.Errorf("list: status %d, want %d", r.status, done)
	}
}

// Commands that run at once take turns: each ends well, and the last word
// holds.
func TestTurns(t *testing.T) {
	begin(t, card, twin)
	var all sync.WaitGroup
	results := make([]result, 8)
	for i := range results {
		verb := []string{"hide", "unhide"}[i%2]
		all.Go(func() { results[i] = run(t, "xenpci", verb, "00:09.0", "00:0a.0") })
	}
	all.Wait()
	for _, r := range results {
		if r.status != done {
			t.Errorf("%s: status %d", strings.Join(r.args, " "), r.status)
		}
	}
	if driver(card) != driver(twin) {
		t.Errorf("%s is on %q and %s on %q: two commands mixed", card, driver(card), twin, driver(twin))
	}
	xenpci(t, done, "unhide", "00:09.0", "00:0a.0")
	wantHome(t, card)
	wantHome(t, twin)
	wantNetwork(t, card)
}
