package trial

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// listed is the declared list with a device, as a trial has it.
const listed = "[[device]]\naddress = \"0000:00:09.0\"\nid = \"8086:100e\"\n"

// hiding09 is a trial that hides a device.
var hiding09 = Request{
	ID: "one", Minutes: 10,
	Hide: &Hide{Devices: []config.Device{{Address: pci.Address{Slot: 9}, ID: &config.ID{Vendor: 0x8086, Device: 0x100e}, Options: config.Options{Name: "lan"}}}, Force: true},
	List: []initramfs.Added{{Name: strings.TrimPrefix(config.File, "/"), Mode: 0o644, Content: []byte(listed)}},
}

// TestHide prepares a trial that hides a device, lets it boot, come back, and takes it back. Nothing
// of the usual boot is touched meanwhile.
func TestHide(t *testing.T) {
	t.Parallel()
	m := debian(t)
	m.hides = true
	before := m.tree()
	if err := m.prepare(); err != nil {
		t.Fatal(err)
	}
	after := m.tree()
	for name := range before {
		if name != grubConfig && name != "/boot/grub/grubenv" && after[name] != before[name] {
			t.Errorf("%s was changed", name)
		}
	}
	if entry := after[grubConfig]; !strings.Contains(entry, "placeholder dom0_mem=1G,max:1G ${xen_rm_opts}\n") || !strings.Contains(entry, "xenpci.trial=one panic=10\n") {
		t.Errorf("the entry: %s", entry)
	}
	record, _, err := ReadRecord(m.fs)
	if diff := cmp.Diff(hiding09.Hide, record.Hide); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	m.restart("second")
	if m.state() != Running {
		t.Errorf("it is %q", m.state())
	}
	m.restart("third")
	if m.state() != Unconfirmed {
		t.Errorf("it is %q", m.state())
	}
	m.undoneTo(before)
}

// TestHideImage looks at what the initramfs of a trial that hides a device has beside the usual one.
func TestHideImage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		files map[string]string
		want  map[string]string
	}{
		{"a module", nil, map[string]string{
			hideFile: "xen-pciback\n", pcibackFolder + "/00.ko": "a", pcibackFolder + "/01.ko": "pciback", "etc/xenpci/devices.toml": listed,
		}},
		{"built in", map[string]string{
			"/lib/modules/" + release + "/modules.dep":     "kernel/drivers/xen/xen-privcmd.ko:\n",
			"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
		}, map[string]string{
			hideFile: "xen-pciback\n", pcibackFolder + "/00.ko": "", pcibackFolder + "/01.ko": "", "etc/xenpci/devices.toml": listed,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := debian(t, test.files)
			m.hides = true
			if err := m.prepare(); err != nil {
				t.Fatal(err)
			}
			read, err := initramfs.Read(t.Context(), m.fs, "/boot/grub/xenpci-trial.img", "xenpci/*", "xenpci/pciback/*", "etc/xenpci/*")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name := range test.want {
				content, _ := read.File(name)
				got[name] = string(content)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestHideConfirmable confirms only while the declared list is as it was. That of a trial of words
// does not matter.
func TestHideConfirmable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, content string
		words               bool // it is a trial of words
		want                Why
	}{
		{"the same", "/etc/xenpci/devices.toml", listed, false, ""},
		{"another device", "/etc/xenpci/devices.toml", listed + "name = \"lan\"\n", false, SettingsOther},
		{"another file", "/etc/xenpci/devices.d/a.toml", listed, false, SettingsOther},
		{"a setting of GRUB", "/etc/default/grub", "GRUB_DEFAULT=1\n", false, SettingsOther},
		{"words", "/etc/xenpci/devices.toml", "", true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := debian(t, map[string]string{"/etc/xenpci/devices.toml": listed})
			m.hides = !test.words
			if err := m.prepare(); err != nil {
				t.Fatal(err)
			}
			m.restart("second")
			m.write(test.file, test.content)
			_, err := Confirmable(m.fs, m.host().Loader)
			var refused *RefusedError
			if errors.As(err, &refused); (refused == nil) != (test.want == "") || refused != nil && (refused.Why != test.want || !strings.Contains(refused.Text, test.file)) {
				t.Errorf("%v; want %q", err, test.want)
			}
		})
	}
}

// TestPcibackOptions takes pciback's options from where modprobe takes them.
func TestPcibackOptions(t *testing.T) {
	t.Parallel()
	m := debian(t, map[string]string{
		"/xenpci/hide": "xen-pciback\n", "/proc/cmdline": "ro xen_pciback.hide=(00:09.0) xenpci.trial=one\n",
		"/etc/modprobe.d/pciback.conf": "options xen-pciback passthrough=1\noptions xen-netback debug=1\n",
	})
	if !Hides(m.fs) {
		t.Error("it is no trial that hides devices")
	}
	got, err := options(m.fs)
	if diff := cmp.Diff("passthrough=1 hide=(00:09.0)", got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := LoadPciback(m.fs); err != nil { // it is built in: there is no folder of modules
		t.Error(err)
	}
	m.write("/proc/cmdline", "ro\n")
	if Hides(m.fs) {
		t.Error("no trial hides devices")
	}
}
