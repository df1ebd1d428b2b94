package fakekernel_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/archive"
)

// shown is all of the tree but what no real kernel shows.
func shown(t *testing.T, h *fakekernel.Host) []archive.Entry {
	t.Helper()
	a, err := archive.Pack(h.Root)
	if err != nil {
		t.Fatal(err)
	}
	var kept []archive.Entry
	for _, e := range a.Entries {
		if !strings.HasPrefix(e.Path, ".fakekernel/") {
			kept = append(kept, e)
		}
	}
	return kept
}

// TestFilesOfPciback is section 0 of the measured table.
func TestFilesOfPciback(t *testing.T) {
	h := loaded(t, "sis190")
	write(t, h, drivers+"3c59x/unbind", nic)
	write(t, h, newSlot, nic)
	write(t, h, bindFile, nic)
	want := map[string]string{
		"allow_interrupt_control": "-rw-r--r--", "bind": "--w-------", "irq_handler_state": "--w-------", "irq_handlers": "-r--r--r--",
		"module": "../../../../module/xen_pciback", "new_id": "--w-------", "new_slot": "--w-------", "permissive": "-rw-r--r--",
		"quirks": "-rw-r--r--", "remove_id": "--w-------", "remove_slot": "--w-------", "slots": "-r--r--r--", "uevent": "--w-------",
		"unbind": "--w-------", nic: "../../../../devices/pci0000:00/" + nic,
	}
	if diff := cmp.Diff(want, listing(t, h.Root+drivers+"pciback")); diff != "" {
		t.Error(diff)
	}
	module := map[string]string{"pci:pciback": "../../../bus/pci/drivers/pciback", "xen-backend:xen-pciback": "../../../bus/xen-backend/drivers/xen-pciback"}
	if diff := cmp.Diff(module, listing(t, h.Root+"/sys/module/xen_pciback/drivers")); diff != "" {
		t.Error(diff)
	}
	to, err := h.FS().Readlink(device + nic + "/driver")
	if err != nil || to != "../../../bus/pci/drivers/pciback" {
		t.Errorf("%q, %v", to, err)
	}
	if got := attribute(t, h, "/sys/module/xen_pciback/parameters/hide"); got != "(null)\n" {
		t.Errorf("hide %q", got)
	}
}

// listing gives each name's mode, or where it links to.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = info.Mode().String()
		if info.Mode().Type() == fs.ModeSymlink {
			if found[e.Name()], err = os.Readlink(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return found
}

func TestModuleErrors(t *testing.T) {
	assigned := func(t *testing.T) *fakekernel.Host {
		h := loaded(t, "sis190")
		if err := hide(h); err != nil {
			t.Fatal(err)
		}
		if err := h.Assign(nic, 3); err != nil {
			t.Fatal(err)
		}
		return h
	}
	tests := []struct {
		name  string
		host  func(t *testing.T) *fakekernel.Host
		do    func(h *fakekernel.Host) error
		want  string
		errno syscall.Errno
	}{
		{"no such module", fresh, func(h *fakekernel.Host) error { return h.LoadModule("pciback") },
			"modprobe: FATAL: Module pciback not found in directory /lib/modules/6.1.0-56-amd64", syscall.ENOENT},
		{"left out", leftOut, func(h *fakekernel.Host) error { return h.LoadModule("xen-pciback") },
			"modprobe: FATAL: Module xen-pciback not found in directory /lib/modules/6.1.0-56-amd64", syscall.ENOENT},
		{"bad hide=", fresh, func(h *fakekernel.Host) error { return h.LoadModule("xen-pciback", "hide=(00:04.0)(x)") },
			"modprobe: ERROR: could not insert 'xen_pciback': Invalid argument", syscall.EINVAL},
		{"not under Xen", bare, func(h *fakekernel.Host) error { return h.LoadModule("xen-pciback") },
			"modprobe: ERROR: could not insert 'xen_pciback': No such device", syscall.ENODEV},
		{"in use", assigned, func(h *fakekernel.Host) error { return h.UnloadModule("xen-pciback") },
			"modprobe: FATAL: Module xen-pciback is in use.", syscall.EBUSY},
		{"removing what is built in", fresh, func(h *fakekernel.Host) error { return h.UnloadModule("pcieportdrv") },
			"modprobe: FATAL: Module pcieportdrv is builtin.", syscall.EPERM},
		{"loading what is built in", fresh, func(h *fakekernel.Host) error { return h.LoadModule("pcieportdrv") }, "", 0},
		{"removing what is not loaded", fresh, func(h *fakekernel.Host) error { return h.UnloadModule("xen-pciback") }, "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := test.host(t)
			before := shown(t, h)
			err := test.do(h)
			if errnoOf(err) != test.errno || err != nil && err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
			if diff := cmp.Diff(before, shown(t, h)); diff != "" {
				t.Errorf("it changed something:\n%s", diff)
			}
		})
	}
}

func fresh(t *testing.T) *fakekernel.Host { return fakekernel.Unpack(t, "sis190") }

// bare is the machine booted without Xen.
func bare(t *testing.T) *fakekernel.Host {
	h := fresh(t)
	if err := os.RemoveAll(h.Root + "/sys/hypervisor"); err != nil {
		t.Fatal(err)
	}
	return h
}

func leftOut(t *testing.T) *fakekernel.Host {
	h := fresh(t)
	if err := h.LeaveOut(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestBuildIn(t *testing.T) {
	h := fresh(t)
	if err := h.BuildIn("hide=(00:09.0)(00:1f.0)"); err != nil {
		t.Fatal(err)
	}
	if err := h.LoadModule("xen-pciback"); err != nil {
		t.Errorf("loading what is built in: %v", err)
	}
	got := map[string]string{nic: driverOf(h, nic), "0000:00:04.0": driverOf(h, "0000:00:04.0"), "0000:00:1f.0": driverOf(h, "0000:00:1f.0")}
	if diff := cmp.Diff(map[string]string{nic: "pciback", "0000:00:04.0": "sis190", "0000:00:1f.0": "pciback"}, got); diff != "" {
		t.Error(diff)
	}
	if h.FS().Exists("/sys/module/xen_pciback/initstate") || !h.FS().Exists("/sys/module/xen_pciback/parameters/hide") {
		t.Error("/sys/module looks like a loaded module")
	}
	if config := attribute(t, h, "/boot/config-6.1.0-56-amd64"); !strings.Contains(config, "\nCONFIG_XEN_PCIDEV_BACKEND=y\n") {
		t.Errorf("config: %s", config)
	}
	// It is asked first: an unbound device with a slot comes to it by a probe.
	write(t, h, drivers+"sis190/unbind", "0000:00:04.0")
	write(t, h, newSlot, "00:04.0")
	write(t, h, "/sys/bus/pci/drivers_probe", "0000:00:04.0")
	if got := driverOf(h, "0000:00:04.0"); got != "pciback" {
		t.Errorf("driver %q", got)
	}
}

func TestLeaveOut(t *testing.T) {
	h := leftOut(t)
	config := attribute(t, h, "/boot/config-6.1.0-56-amd64")
	if !strings.Contains(config, "\n# CONFIG_XEN_PCIDEV_BACKEND is not set\n") || !strings.Contains(config, "\nCONFIG_XEN_PCI_STUB=y\n") {
		t.Errorf("config: %s", config)
	}
	if dep := attribute(t, h, "/lib/modules/6.1.0-56-amd64/modules.dep"); strings.Contains(dep, "pciback") || !strings.Contains(dep, "sis190") {
		t.Errorf("modules.dep: %s", dep)
	}
}

func TestLoadsWhatAModuleNeeds(t *testing.T) {
	h := fresh(t)
	if err := h.UnloadModule("sis190"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(h.Root + "/sys/module/mii"); err != nil {
		t.Fatal(err)
	}
	if err := h.LoadModule("sis190"); err != nil {
		t.Fatal(err)
	}
	if !h.FS().Exists("/sys/module/mii/initstate") || driverOf(h, "0000:00:04.0") != "sis190" {
		t.Error("mii is not loaded, or sis190 has no device")
	}
}

// TestNewID: an id given by hand makes the driver look for devices, until it
// is taken back.
func TestNewID(t *testing.T) {
	h := fresh(t)
	const chip = "0000:00:04.0"
	for _, s := range []step{
		unbindFrom("sis190", chip),
		{drivers + "3c59x/new_id", "1039 0190", 0},
		{drivers + "3c59x/new_id", "1039 0190", syscall.EEXIST},
		{drivers + "3c59x/new_id", "1039", syscall.EINVAL},
	} {
		s.run(t, h)
	}
	if got := driverOf(h, chip); got != "3c59x" {
		t.Errorf("driver %q", got)
	}
	for _, s := range []step{
		{drivers + "3c59x/remove_id", "1039 0190", 0},
		{drivers + "3c59x/remove_id", "1039 0190", syscall.ENODEV},
		unbindFrom("3c59x", chip),
		{drivers + "3c59x/bind", chip, syscall.ENODEV},
		bindTo("sis190", chip),
	} {
		s.run(t, h)
	}
}

// TestParameters is what modprobe's arguments come to.
func TestParameters(t *testing.T) {
	tests := []struct {
		params []string
		want   []string // hide, passthrough, permissive
		errno  syscall.Errno
	}{
		{nil, []string{"(null)\n", "N\n", "N\n"}, 0},
		{[]string{"hide="}, []string{"\n", "N\n", "N\n"}, 0},
		{[]string{"hide=(00:1f.7)", "passthrough=1", "permissive"}, []string{"(00:1f.7)\n", "Y\n", "Y\n"}, 0},
		{[]string{"permissive=off", "passthrough=on"}, []string{"(null)\n", "Y\n", "N\n"}, 0},
		{[]string{"permissive=maybe"}, nil, syscall.EINVAL},
		{[]string{"passthrough="}, nil, syscall.EINVAL},
		{[]string{"hide"}, nil, syscall.EINVAL},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.params, " "), func(t *testing.T) {
			h := fresh(t)
			if err := h.LoadModule("xen-pciback", test.params...); errnoOf(err) != test.errno {
				t.Fatal(err)
			}
			var got []string
			for _, name := range []string{"hide", "passthrough", "permissive"} {
				if file := "/sys/module/xen_pciback/parameters/" + name; h.FS().Exists(file) {
					got = append(got, attribute(t, h, file))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
