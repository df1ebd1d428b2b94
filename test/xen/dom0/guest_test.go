//go:build xen

package dom0

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore"
)

// guestPatience is how long a guest may take to start and get its address.
const (
	guestPatience = 2 * time.Minute
	hvmPatience   = 15 * time.Minute
)

// The types of guests, and what their configurations have besides.
const (
	pv  = `type = "pv"`
	hvm = "type = \"hvm\"\nvga = \"none\"\nvnc = 0\nxen_platform_pci = 1"
)

// guestFile writes the configuration of a guest that has those lines besides.
func guestFile(t *testing.T, name string, lines ...string) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), name)
	text := fmt.Sprintf("name = %q\nmemory = 256\nkernel = \"/guest/vmlinuz\"\nramdisk = \"/guest/initramfs\"\n"+
		"extra = \"console=hvc0 loglevel=4 sysrq_always_enabled\"\n%s\n", name, strings.Join(lines, "\n"))
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return config
}

// launch starts a guest whose configuration has those lines besides. It ends with the test.
func launch(t *testing.T, name string, lines ...string) {
	t.Helper()
	config := guestFile(t, name, lines...)
	// xenconsoled writes behind what an earlier guest of the same name said.
	if err := os.Remove(consoleOf(name)); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if run(t, "xl", "domid", name).status == 0 {
			destroyGuest(t, name)
		}
		if t.Failed() {
			t.Logf("the guest's console:\n%s", said(name))
		}
	})
	must(t, "xl", "create", config)
}

// consoleOf is the file of what a guest said.
func consoleOf(name string) string { return "/var/log/xen/console/guest-" + name + ".log" }

// said returns what a guest has said until now.
func said(name string) string {
	text, _ := os.ReadFile(consoleOf(name))
	return string(text)
}

// awaitAddress waits until a guest has got an address that many times, sent bytes and got
// them back.
func awaitAddress(t *testing.T, name string, patience time.Duration, times int) {
	t.Helper()
	eventually(t, name+" has an address", patience, func() bool {
		text := said(name)
		got := strings.Count(text, "has the address 10.0.2.15")
		if strings.Contains(text, "Kernel panic") || strings.Contains(text, "guest: done") && got == 0 {
			t.Fatal("the guest got no address over its card")
		}
		return got >= times
	})
	if got := strings.Count(said(name), "passes bytes both ways"); got < times {
		t.Errorf("%s has sent bytes and got them back %d times, want %d", name, got, times)
	}
}

// startGuest starts a PV guest that has the device, and waits until it has an address over it
// and has sent bytes and got them back.
func startGuest(t *testing.T, name, address string) {
	t.Helper()
	launch(t, name, pv, giving(address))
	awaitAddress(t, name, guestPatience, 1)
}

// destroyGuest ends a guest and waits until Xen knows it no more.
func destroyGuest(t *testing.T, name string) {
	t.Helper()
	must(t, "xl", "destroy", name)
	awaitEnd(t, name)
}

func TestHideGuestUnhide(t *testing.T) { hideGuestUnhide(t, pv, guestPatience) }

// An HVM guest boots on an emulated machine, on an emulated processor here.
func TestHVMGuest(t *testing.T) { hideGuestUnhide(t, hvm, hvmPatience) }

// saveAndRestore has xl migrate, save and restore a guest that has a card. Xen refuses the first,
// and nothing the others: the card goes back to pciback, and then to the restored guest. show says
// what comes of that.
func saveAndRestore(t *testing.T, name, address string) {
	t.Helper()
	says(t, xenpci(t, done, "show", address).stdout, "'xl save'", "xl pci-detach "+name+" "+address)
	if run(t, "xl", "migrate", "-s", "", name, "xl migrate-receive").status == 0 {
		t.Fatal("xl has migrated a guest that has a card")
	}
	wantTenants(t, map[string]string{address: name})

	state := filepath.Join(t.TempDir(), "saved")
	must(t, "xl", "save", name, state)
	awaitEnd(t, name)
	wantTenants(t, nil)
	wantHidden(t, address)

	must(t, "xl", "restore", state)
	wantTenants(t, map[string]string{address: name})
	time.Sleep(restored)
	t.Logf("the guest's console:\n%s", said(name))
}

// restored is how long a restored guest is given to tell in its console what became of it.
const restored = 10 * time.Second

// hideGuestUnhide gives a card to a guest and takes it back.
func hideGuestUnhide(t *testing.T, kind string, patience time.Duration) {
	t.Helper()
	begin(t, card, twin)
	xenpci(t, done, "hide", "00:09.0")
	wantHidden(t, card)
	says(t, must(t, "xl", "pci-assignable-list").stdout, card)
	says(t, must(t, "xenstore-read", "/libxl/pci/0000-00-09-0/driver_path").stdout, "/sys/bus/pci/drivers/e1000")
	says(t, xenpci(t, done, "status").stdout, card, "pciback")

	launch(t, "tenant", kind, giving(card))
	awaitAddress(t, "tenant", patience, 1)
	says(t, xenpci(t, done, "status").stdout, "tenant")
	says(t, xenpci(t, done, "show", "00:09.0").stdout, "tenant")
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "tenant", card)
	wantHidden(t, card)
	says(t, run(t, "xl", "pci-list", "tenant").stdout, card)
	if kind == hvm {
		saveAndRestore(t, "tenant", card)
	}
	destroyGuest(t, "tenant")

	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
	if got := run(t, "xenstore-read", "/libxl/pci/0000-00-09-0/driver_path"); got.status == 0 {
		t.Errorf("driver_path is left in xenstore: %q", got.stdout)
	}
	if got := must(t, "xl", "pci-assignable-list").stdout; strings.Contains(got, card) {
		t.Errorf("xl still lists it: %q", got)
	}
}

// What the daemon watches changes when a guest starts and ends.
func TestWatchGuest(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	const backends = "/local/domain/0/backend/pci"
	w, err := xenstore.Watch(t.Context(), sysfs.New("/"), xenstore.IntroduceDomain, xenstore.ReleaseDomain, backends)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	wantChanges := func(paths ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), guestPatience)
		defer cancel()
		for len(paths) > 0 {
			changed, err := w.Next(ctx)
			if err != nil {
				t.Fatalf("no change of %q: %v", paths, err)
			}
			paths = slices.DeleteFunc(paths, func(p string) bool { return p == changed })
		}
	}
	// Each is reported once at first.
	wantChanges(xenstore.IntroduceDomain, xenstore.ReleaseDomain, backends)
	launch(t, "observed", pv, giving(card))
	wantChanges(xenstore.IntroduceDomain, backends)
	destroyGuest(t, "observed")
	wantChanges(xenstore.ReleaseDomain, backends)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
}

// A device that a guest had is left in quarantine by Xen although nobody put
// it there.
func TestRawHideGuestUnhide(t *testing.T) {
	begin(t, twin)
	rawHide(t, twin)
	startGuest(t, "lodger", twin)
	says(t, xenpci(t, refused, "unhide", "00:0a.0").stderr, "lodger")
	destroyGuest(t, "lodger")
	xenpci(t, done, "unhide", "00:0a.0")
	wantHome(t, twin)
	wantNetwork(t, twin)
}

// A device that was torn from its guest leaves a backend in xenstore that
// nobody removes. It speaks of a domain that is gone, and holds nothing.
func TestStaleBackend(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	startGuest(t, "evicted", card)
	mustWrite(t, pciback+"unbind", card)
	run(t, "xl", "destroy", "evicted")
	mustWrite(t, pciback+"bind", card)
	says(t, run(t, "xenstore-ls", "/local/domain/0/backend/pci").stdout, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// startTenant starts a PV guest with what the lines of its configuration give
// it, and returns its number once its drivers have that.
func startTenant(t *testing.T, name string, lines ...string) (domid string) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			run(t, "tail", "-n", "40", "/var/log/xen/xen-hotplug.log")
		}
	})
	// The scripts of Xen look at it; udev makes it elsewhere.
	if err := os.Symlink("/proc/self/fd/0", "/dev/stdin"); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	launch(t, name, append(lines, pv)...)
	domid = strings.TrimSpace(must(t, "xl", "domid", name).stdout)
	eventually(t, name+" has its devices", 2*guestPatience, func() bool {
		return strings.Contains(said(name), "guest: done")
	})
	return domid
}
