//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// soon is how long a verb may take where a part of Xen is missing: nothing may
// be waited for that does not come.
const soon = 20 * time.Second

func TestWithoutIOMMU(t *testing.T) {
	begin(t, card)
	hidden := xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	if strings.Contains(strings.ToLower(hidden.stderr), "error") {
		t.Errorf("an error where nothing went wrong: %q", hidden.stderr)
	}
	says(t, must(t, "xl", "pci-assignable-list").stdout, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// xl hides a device without an IOMMU and then says that it failed.
func TestWithoutIOMMUXLAddThenUnhide(t *testing.T) {
	begin(t, card)
	run(t, "xl", "pci-assignable-add", "00:09.0")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestWithoutXenstored(t *testing.T) {
	begin(t, card)
	if toolstack() {
		t.Fatal("xenstored runs here")
	}
	for _, args := range [][]string{
		{"list"}, {"status"}, {"show", "00:09.0"}, {"hide", "00:09.0"}, {"status"}, {"show", "00:09.0"}, {"unhide", "00:09.0"}, {"status"},
	} {
		r := xenpci(t, done, args...)
		if r.took > soon {
			t.Errorf("xenpci %s took %v without xenstored", strings.Join(args, " "), r.took)
		}
		if args[0] == "hide" {
			wantHidden(t, card)
		}
	}
	wantHome(t, card)
	wantNetwork(t, card)
}

func TestPcibackNotLoaded(t *testing.T) {
	begin(t, card)
	run(t, "modprobe", "-r", "xen-pciback")
	says(t, xenpci(t, done, "status").stdout, "pciback")
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	if _, err := os.Stat(pciback); err == nil {
		t.Errorf("status or unhide loaded pciback")
	}
	xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

func TestPcibackMissing(t *testing.T) {
	begin(t, card)
	run(t, "modprobe", "-r", "xen-pciback")
	modules := strings.TrimSpace("/lib/modules/" + must(t, "uname", "-r").stdout)
	config := strings.TrimSpace("/boot/config-" + must(t, "uname", "-r").stdout)
	found, err := filepath.Glob(modules + "/kernel/drivers/xen/xen-pciback/*")
	if err != nil || len(found) == 0 {
		t.Fatalf("no module to take away: %v", err)
	}
	// This comes last: when everything is in its place again.
	t.Cleanup(func() { must(t, "depmod") })
	aside(t, filepath.Dir(found[0]))
	change(t, config, "CONFIG_XEN_PCIDEV_BACKEND=m", "# CONFIG_XEN_PCIDEV_BACKEND is not set")
	must(t, "depmod")

	says(t, xenpci(t, done, "status").stdout, "CONFIG_XEN_PCIDEV_BACKEND")
	says(t, xenpci(t, failed, "hide", "00:09.0").stderr, "CONFIG_XEN_PCIDEV_BACKEND")
	wantHome(t, card)
	xenpci(t, done, "unhide", "00:09.0")
}

// aside moves a file or a folder away for the rest of the test.
func aside(t *testing.T, path string) {
	t.Helper()
	away := filepath.Join("/root", filepath.Base(path))
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Rename(away, path); err != nil {
			t.Error(err)
		}
	})
}

// change replaces text in a file for the rest of the test.
func change(t *testing.T, path, old, replacement string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(before), old) {
		t.Fatalf("%s: no %q in it (%v)", path, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(before), old, replacement, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.WriteFile(path, before, 0o644); err != nil {
			t.Error(err)
		}
	})
}
