package boot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// updateRCD stands for update-rc.d: what it makes is links in two runlevels.
func updateRCD(m *machine, calls *[]string, fail int) func(args ...string) error {
	return func(args ...string) error {
		*calls = append(*calls, strings.Join(args, " "))
		if len(*calls) == fail {
			return errProgram
		}
		switch {
		case args[0] != "update-rc.d":
			return nil
		case args[1] == "-f":
			names, err := filepath.Glob(m.fs.Path("/etc/rc?.d/S??" + args[2]))
			for _, name := range names {
				err = errors.Join(err, os.Remove(name))
			}
			return err
		case !m.fs.Exists("/etc/init.d/" + args[1]):
			return errors.New("update-rc.d: there is no such script")
		}
		link := map[string]string{"xenpci-early": "/etc/rcS.d/S01xenpci-early", "xenpci": "/etc/rc2.d/S15xenpci"}[args[1]]
		if !m.fs.Exists(link) {
			m.write(link, "-> ../init.d/"+args[1])
		}
		return nil
	}
}

// TestUpdateRCD has the system's program make the links, after the scripts are
// there, and take them away while they are.
func TestUpdateRCD(t *testing.T) {
	on := []string{"update-rc.d xenpci-early defaults", "update-rc.d xenpci defaults"}
	off := []string{"update-rc.d -f xenpci-early remove", "update-rc.d -f xenpci remove"}
	var calls []string
	m := newMachine(t, sysvinit(), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"})
	before := m.tree()
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	if diff := cmp.Diff(on, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	enabled := m.tree()

	// A link that somebody removed is missed, and made again.
	m.remove(map[string]string{"/etc/rc2.d/S15xenpci": ""})
	h := m.look(updateRCD(m, &calls, 0))
	_, wrong := h.Reports(t.Context(), cards(h), []Name{Service})
	if len(wrong) != 1 || wrong[0].Error() != "/etc/init.d/xenpci is started in no runlevel" {
		t.Error(wrong)
	}
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	m.isAs(enabled)

	calls = nil
	if err := m.set(updateRCD(m, &calls, 2), 2); !errors.Is(err, errProgram) {
		t.Error(err)
	}
	if diff := cmp.Diff(append(off, on...), calls); diff != "" {
		t.Errorf("taken back: (-want +got):\n%s", diff)
	}
	m.isAs(enabled)

	calls = nil
	m.mustSet(updateRCD(m, &calls, 0), 2)
	if diff := cmp.Diff(off, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.isAs(before)

	calls = nil
	if err := m.set(updateRCD(m, &calls, 2), 2, Service); !errors.Is(err, errProgram) {
		t.Error(err)
	}
	if diff := cmp.Diff(append(on, off...), calls); diff != "" {
		t.Errorf("taken back: (-want +got):\n%s", diff)
	}
	m.isAs(before)
}

// TestUpdateRCDTakenBack writes the scripts of a newer xenpci, and fails after
// that: the scripts are the older ones again, and still started.
func TestUpdateRCDTakenBack(t *testing.T) {
	var calls []string
	m := newMachine(t, sysvinit(), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"})
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	older := strings.Replace(m.read("/etc/init.d/xenpci"), "timeout 60", "timeout 61", 1)
	m.write("/etc/init.d/xenpci", older)
	before := m.tree()
	calls = nil
	if err := m.set(updateRCD(m, &calls, 2), 2, Service); !errors.Is(err, errProgram) {
		t.Error(err)
	}
	m.isAs(before)
}

// TestLinksOfUpdateRCD goes without the program, where it made the links once.
func TestLinksOfUpdateRCD(t *testing.T) {
	var calls []string
	m := newMachine(t, sysvinit(), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"})
	before := m.tree()
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	m.mustSet(nil, 2)
	m.isAs(before)
}

// TestNotExecutable sees that nothing runs a script any more, and mends it.
func TestNotExecutable(t *testing.T) {
	m := newMachine(t, debian12())
	m.mustSet(nil, 2, Initramfs)
	enabled := m.tree()
	hook := "/etc/initramfs-tools/hooks/xenpci"
	if err := os.Chmod(m.fs.Path(hook), 0o644); err != nil {
		t.Fatal(err)
	}
	h := m.look(nil)
	setup, err := Prepare(t.Context(), h, cards(h), []Name{Initramfs})
	if err != nil || len(setup.Changes) != 1 || setup.Changes[0].Diff() != "chmod 755 "+hook+"\n" {
		t.Errorf("%v, %v", setup.Changes, err)
	}
	if errs := h.checkFiles(initramfsLayer{}, cards(h)); len(errs) != 1 || errs[0].Error() != hook+" is not executable" {
		t.Error(errs)
	}
	m.mustSet(nil, 2, Initramfs)
	m.isAs(enabled)
}

// TestChangedSinceBoot goes by the times of the list and of the layers' files.
func TestChangedSinceBoot(t *testing.T) {
	const began = 1_700_000_000
	for _, test := range []struct {
		name, file string
		written    int64
		want       bool
	}{
		{"the list, before", "/etc/xenpci/devices.toml", began - 1, false},
		{"the list, since", "/etc/xenpci/devices.toml", began + 1, true},
		{"a layer's file, since", optionsFile, began + 1, true},
		{"another file, since", "/etc/modprobe.d/local.conf", began + 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, debian12())
			m.mustSet(nil, 2, Modprobe)
			h := m.look(nil)
			if ChangedSinceBoot(h, cards(h)) {
				t.Error("nobody knows when the boot began")
			}
			m.write("/proc/stat", "cpu 1 2 3\nbtime 1700000000\nprocesses 1\n")
			for name, content := range m.tree() {
				if !strings.HasSuffix(name, "/") && !strings.HasPrefix(content, "-> ") {
					m.date(name, began-100)
				}
			}
			m.date(test.file, test.written)
			if got := ChangedSinceBoot(h, cards(h)); got != test.want {
				t.Error(got)
			}
		})
	}
}

func (m *machine) date(name string, seconds int64) {
	m.t.Helper()
	when := time.Unix(seconds, 0)
	if err := os.Chtimes(m.fs.Path(name), when, when); err != nil {
		m.t.Fatal(err)
	}
}

// TestReports names each device where it is, and where it is not.
func TestReports(t *testing.T) {
	for _, test := range []struct {
		name    string
		machine map[string]string
		layer   Name
		running string // the command line
		want    Report // of a device that came to the list since
	}{
		{"a drop-in", debian12(), KernelArgument, "xen-pciback.hide=(0000:00:09.0)", Report{Written: map[Name]Answer{KernelArgument: No}, Entry: No, CommandLine: No, Image: NotAsked}},
		{"a block", joined(fedora(), map[string]string{"/etc/default/grub": "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(0000:00:0a.0)\"\n"}), KernelArgument, "xen-pciback.hide=(0000:00:0a.0)",
			Report{Written: map[Name]Answer{KernelArgument: No}, Entry: No, CommandLine: Yes, Image: NotAsked}},
		{"a menu", legacy(), KernelArgument, "", Report{Written: map[Name]Answer{KernelArgument: No}, Entry: No, CommandLine: No, Image: NotAsked}},
		{"modprobe.d", openRC(), Modprobe, "", Report{Written: map[Name]Answer{Modprobe: No}, Entry: NotAsked, CommandLine: NotAsked, Image: NotAsked}},
		{"modprobe.d and an image", debian12(), Modprobe, "", Report{Written: map[Name]Answer{Modprobe: No}, Entry: NotAsked, CommandLine: NotAsked, Image: No}},
		{"udev", openRC(), Udev, "", Report{Written: map[Name]Answer{Udev: No}, Entry: NotAsked, CommandLine: NotAsked, Image: NotAsked}},
		{"the list", debian12(), Service, "", Report{Written: map[Name]Answer{Service: Yes}, Entry: NotAsked, CommandLine: NotAsked, Image: NotAsked}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine, map[string]string{"/proc/cmdline": "placeholder " + test.running + "\n"})
			m.mustSet(nil, 1, test.layer)
			h := m.look(nil)
			reports, _ := h.Reports(t.Context(), cards(h), []Name{test.layer})
			if diff := cmp.Diff(test.want, reports[1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for name, written := range reports[0].Written {
				if written != Yes {
					t.Errorf("%s: %s", name, written)
				}
			}
		})
	}
}
