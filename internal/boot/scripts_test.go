package boot

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNotExecutable reports a script that is not executable any more, and repairs it.
func TestNotExecutable(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12())
	m.mustSet(nil, 2, Initramfs)
	enabled := m.tree()
	hook := "/etc/initramfs-tools/hooks/xenpci"
	if err := os.Chmod(m.fs.Path(hook), 0o644); err != nil {
		t.Fatal(err)
	}
	h := m.look(nil)
	setup, err := Prepare(t.Context(), h, listed(cards(h)), []Name{Initramfs})
	if err != nil || len(setup.Changes) != 1 || setup.Changes[0].Diff() != "chmod 755 "+hook+"\n" {
		t.Errorf("%v, %v", setup.Changes, err)
	}
	if errs := h.checkFiles(initramfsLayer{}, cards(h)); len(errs) != 1 || errs[0].Error() != hook+" is not executable" {
		t.Error(errs)
	}
	m.mustSet(nil, 2, Initramfs)
	m.isAs(enabled)
}

// TestChangedSinceBoot compares the times of the list and of the layers' files.
func TestChangedSinceBoot(t *testing.T) {
	t.Parallel()
	const began = 1_700_000_000
	for _, test := range []struct {
		name, file string
		written    int64
		want       bool
	}{
		{"the list, before", "/etc/xenpci/devices.toml", began - 1, false},
		{"the list, since", "/etc/xenpci/devices.toml", began + 1, true},
		{"a layer's file, since", optionsFile, began + 1, true},
		{"a file that a layer might edit, since", grubDefaults, began + 1, false},
		{"another file, since", "/etc/modprobe.d/local.conf", began + 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, debian12())
			m.mustSet(nil, 2, Modprobe)
			h := m.look(nil)
			if ChangedSinceBoot(h, cards(h)) {
				t.Error("it is not known when the boot began")
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

// TestReports checks where each device is named, and where not.
func TestReports(t *testing.T) {
	t.Parallel()
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
