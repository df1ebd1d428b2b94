package boot

import (
	"slices"
	"strings"
	"testing"
)

// handWritten is a grub.cfg that a person wrote, with a hide list.
const handWritten = "set default=0\nmenuentry 'My Xen' {\n\tmultiboot2 /xen.gz dom0_mem=2G\n" +
	"\tmodule2 /vmlinuz root=/dev/sda1 ro xen-pciback.hide=(0000:00:04.0)\n\tmodule2 /initramfs\n}\n"

// TestUnderUEFI finds the grub.cfg that the firmware's GRUB reads, and not another one
// in /boot.
func TestUnderUEFI(t *testing.T) {
	t.Parallel()
	const ofFirmware, stub = "/boot/efi/EFI/centos/grub.cfg", "search --fs-uuid --set=dev 1234\nset prefix=($dev)/grub2\nconfigfile $prefix/grub.cfg\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"the firmware's GRUB has the entries", map[string]string{ofFirmware: grubCfg(""), "/sys/firmware/efi/": ""}, ofFirmware},
		{"it hands on", map[string]string{ofFirmware: stub, "/sys/firmware/efi/": ""}, "/boot/grub2/grub.cfg"},
		{"its file is not there", map[string]string{"/sys/firmware/efi/": ""}, "/boot/grub2/grub.cfg"},
		{"the machine was booted by BIOS", map[string]string{ofFirmware: grubCfg("")}, "/boot/grub2/grub.cfg"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newMachine(t, fedora(), map[string]string{"/etc/grub2-efi.cfg": "-> ../boot/efi/EFI/centos/grub.cfg"}, test.files).look(nil)
			if want := []string{"grub2-mkconfig", "-o", test.want}; h.Loader.Config != test.want || !slices.Equal(h.Loader.Generate, want) {
				t.Errorf("%+v, want %s", h.Loader, test.want)
			}
		})
	}
}

// TestMenuList finds GRUB legacy where a grub.cfg loads its menu.lst, and not where an entry
// that nobody chose could.
func TestMenuList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config string
		want         LoaderKind
	}{
		{"the file loads it", "legacy_configfile /boot/grub/menu.lst\n", GRUBLegacy},
		{"an entry could", handWritten + "menuentry 'Old menu' {\n\tlegacy_configfile /boot/grub/menu.lst\n}\n", GRUB2},
		{"a comment", "# or legacy_configfile\n" + handWritten, GRUB2},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newMachine(t, map[string]string{"/boot/grub/grub.cfg": test.config, "/boot/grub/menu.lst": menu}).look(nil)
			if h.Loader.Kind != test.want {
				t.Errorf("%+v", h.Loader)
			}
		})
	}
}

// TestSettingsLost has a setting of somebody else's after ours.
func TestSettingsLost(t *testing.T) {
	t.Parallel()
	const more = "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT net.ifnames=0\"\n"
	const lost = `ignored by the Xen entries | get "quiet" | expected "quiet net.ifnames=0" | `
	for _, test := range []struct {
		name    string
		machine func() map[string]string
		file    string
		edit    func(old string) string
		want    string
	}{
		{"a file behind ours", debian12, "/etc/default/grub.d/zz.cfg", func(string) string { return more }, lost + "before /etc/default/grub.d/xenpci.cfg"},
		{"a file before ours", debian12, "/etc/default/grub.d/50-cloud.cfg", func(string) string { return more }, ""},
		{"what only a shell could tell", debian12, "/etc/default/grub.d/zz.cfg", func(string) string { return "GRUB_CMDLINE_LINUX=\"$(more)\"\n" }, ""},
		{"a line below the block", fedora, "/etc/default/grub", func(old string) string { return old + more }, lost + "above the block of xenpci in /etc/default/grub"},
		{"a line above the block", fedora, "/etc/default/grub", func(old string) string { return strings.Replace(old, "GRUB_CMDLINE_LINUX=\"\"", more, 1) }, ""},
		{"a list of somebody's", fedora, "/etc/default/grub", func(old string) string { return "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(0000:00:04.0)\"\n" + old }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine())
			m.mustSet(nil, 2, KernelArgument)
			old := ""
			if m.fs.Exists(test.file) {
				old = m.read(test.file)
			}
			m.write(test.file, test.edit(old))
			said := ""
			if err := m.look(nil).settingsLost(); err != nil {
				said = err.Error()
			}
			if (said == "") != (test.want == "") {
				t.Errorf("%q", said)
			}
			hasFacts(t, said, test.want)
		})
	}
}
