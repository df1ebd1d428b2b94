package boot

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// undoCases are machines, and layers that can be enabled on them.
var undoCases = []struct {
	name    string
	machine func() map[string]string
	layers  []Name
}{
	{"Debian 12", debian12, Names()},
	{"Fedora", fedora, Names()},
	{"UEFI", redHatEFI, Names()},
	{"sysvinit", sysvinit, []Name{Modprobe, Udev, Service}},
	{"OpenRC", openRC, []Name{Modprobe, Udev, Service}},
	{"Alpine", alpine, []Name{Modprobe, Udev, Service}},
	{"Arch", arch, []Name{Initramfs, Modprobe, Udev, Service}},
	{"Arch of old", oldArch, []Name{Initramfs, Modprobe, Udev, Service}},
	{"Alpine with EXTLINUX", alpineExtlinux, []Name{KernelArgument, Modprobe, Service}},
	{"upstart", upstartInit, []Name{Modprobe, Udev, Service}},
	{"upstart with /etc/event.d", upstartEvents, []Name{Modprobe, Udev, Service}},
	{"GRUB legacy", legacy, []Name{KernelArgument, Service}},
	{"xen.efi", efiXenMachine, []Name{KernelArgument, Service}},
	{"XCP-ng", xcpng, []Name{KernelArgument, Initramfs, Service}},
	{"XCP-ng with UEFI", xcpngEFI, []Name{KernelArgument, Service}},
	{"module-init-tools", oldModprobe, []Name{Modprobe, Service}},
}

// TestUndo removes what was written, for each layer alone and for all together, with
// the list changed in between.
func TestUndo(t *testing.T) {
	t.Parallel()
	for _, test := range undoCases {
		sets := [][]Name{test.layers}
		for _, name := range test.layers {
			sets = append(sets, []Name{name})
		}
		for _, layers := range sets {
			t.Run(test.name+"/"+joinedNames(layers), func(t *testing.T) {
				m := newMachine(t, test.machine())
				before := m.tree()
				m.mustSet(nil, 2, layers...)
				two := m.tree()
				h := m.look(nil)
				if enabled, err := Enabled(h, cards(h)); err != nil || !cmp.Equal(enabled, layers) {
					t.Errorf("enabled: %v, %v", enabled, err)
				}
				m.mustSet(nil, 2, layers...)
				m.isAs(two)
				m.mustSet(nil, 1, layers...)
				m.mustSet(nil, 2, layers...)
				m.isAs(two)
				m.mustSet(nil, 2)
				m.isAs(before)
			})
		}
	}
}

func joinedNames(names []Name) string {
	var words []string
	for _, name := range names {
		words = append(words, string(name))
	}
	return strings.Join(words, ",")
}

// TestUndoAfterOthers removes what is ours from files that others have changed since,
// and nothing else.
func TestUndoAfterOthers(t *testing.T) {
	t.Parallel()
	added := "\ntitle Xen, third\n\tkernel /boot/xen.gz\n\tmodule /boot/vmlinuz-7 ro\n"
	for _, test := range []struct {
		name, file string
		machine    func() map[string]string
		layer      Name
		edit       func(string) string
		want       string
	}{
		{"a line behind ours", "/etc/default/grub", fedora, KernelArgument, func(s string) string { return s + "GRUB_TIMEOUT=1\n" }, grubDefault + "\nGRUB_TIMEOUT=1\n"},
		{"a line before ours", "/etc/default/grub", fedora, KernelArgument, func(s string) string { return "GRUB_TIMEOUT=1\n" + s }, "GRUB_TIMEOUT=1\n" + grubDefault},
		{"a stanza", "/boot/grub/grub.conf", legacy, KernelArgument, func(s string) string { return s + added }, menu + added},
		{"a stanza that was copied", "/boot/grub/menu.lst", legacy, KernelArgument, func(s string) string {
			return s + "\ntitle Xen, copied\n\tkernel /boot/xen.gz\n\tmodule /boot/vmlinuz-7 xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) ro\n"
		}, menu + "\ntitle Xen, copied\n\tkernel /boot/xen.gz\n\tmodule /boot/vmlinuz-7 ro\n"},
		{"an argument in grub.cfg", "/boot/grub/grub.cfg", xcpng, KernelArgument, func(s string) string { return strings.Replace(s, "quiet xen", "quiet splash xen", 1) },
			strings.Replace(xenServerConfig(""), "quiet", "quiet splash", 1)},
		{"an entry of grub.cfg that was copied", xenServerEFI, xcpngEFI, KernelArgument, func(s string) string {
			return s + "menuentry 'XCP-ng (4.19)' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-4.19-old ro xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0)\n}\n"
		}, xenServerConfig(" xen-pciback.hide=(0000:00:04.0)") + "menuentry 'XCP-ng (4.19)' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-4.19-old ro\n}\n"},
		{"update-extlinux.conf", extlinuxSettings, alpineExtlinux, KernelArgument, func(s string) string { return s + "verbose=1\n" }, extlinuxDefaults + "verbose=1\n"},
		{"a section", "/boot/efi/EFI/xen/xen.cfg", efiXenMachine, KernelArgument, func(s string) string { return s + "[new]\nkernel=vmlinuz-7 xen-pciback.hide=(0000:00:09.0)\n" }, xenCfg + "[new]\nkernel=vmlinuz-7\n"},
		{"modprobe.conf", oldConfig, oldModprobe, Modprobe, func(s string) string { return "alias eth1 tg3\n" + s }, "alias eth1 tg3\nalias eth0 e1000\noptions snd slots=1"},
		{"a feature", mkinitfsConf, alpine, Modprobe, func(s string) string { return strings.Replace(s, "keymap", "keymap nvme", 1) }, "features=\"ata base ext4 keymap nvme\"\n"},
		{"a feature behind ours", mkinitfsConf, alpine, Modprobe, func(s string) string { return strings.Replace(s, "pciback", "pciback nvme", 1) }, "features=\"ata base ext4 keymap nvme\"\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine())
			want := m.tree()
			m.mustSet(nil, 2, test.layer)
			m.write(test.file, test.edit(m.read(test.file)))
			m.mustSet(nil, 2)
			if diff := cmp.Diff(test.want, m.read(test.file)); diff != "" {
				t.Errorf("%s: (-want +got):\n%s", test.file, diff)
			}
			// Nothing else is left, and nothing is kept of the file: what is
			// in it now is what the next time gives back.
			changed := strings.Replace(test.file, "menu.lst", "grub.conf", 1)
			want[changed] = "-rw-r--r-- " + test.want
			m.isAs(want)
			m.mustSet(nil, 2, test.layer)
			m.mustSet(nil, 2)
			m.isAs(want)
		})
	}
}

// TestUndoneByHand has a person restore the file before the layer is disabled. What is
// written into it later is not ours.
func TestUndoneByHand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, before, theirs string
		machine                    func() map[string]string
		layer                      Name
	}{
		{"menu.lst", "/boot/grub/grub.conf", menu, strings.Replace(menu, "sda1 ro\n", "sda1 ro xen-pciback.hide=(0000:00:1f.0)\n", 2), legacy, KernelArgument},
		{"grub.cfg", "/boot/grub/grub.cfg", xenServerConfig(""), xenServerConfig(" xen-pciback.hide=(0000:00:1f.0)"), xcpng, KernelArgument},
		{"mkinitfs.conf", mkinitfsConf, "features=\"ata base ext4 keymap\"\n", "features=\"ata base ext4 keymap pciback\"\n", alpine, Modprobe},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine())
			want := m.tree()
			m.mustSet(nil, 2, test.layer, Service)
			m.write(test.file, test.before)
			m.mustSet(nil, 2)
			m.isAs(want)
			m.write(test.file, test.theirs)
			m.mustSet(nil, 2, Service)
			if diff := cmp.Diff(test.theirs, m.read(test.file)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFoldersOfOthers leaves a directory that was made for our files, and has a file of
// somebody else's now.
func TestFoldersOfOthers(t *testing.T) {
	t.Parallel()
	m := newMachine(t, kernel(), map[string]string{"/usr/bin/kmod": "#!\n"})
	want := m.tree()
	m.mustSet(nil, 2, Modprobe, Udev)
	m.write("/etc/modprobe.d/other.conf", "# theirs\n")
	after := m.tree()
	m.mustSet(nil, 2)
	maps.Copy(want, map[string]string{"/etc/modprobe.d/": after["/etc/modprobe.d/"], "/etc/modprobe.d/other.conf": "-rw-r--r-- # theirs\n"})
	m.isAs(want)
}

// TestOtherSystem removes what was written while the machine had another init system,
// boot loader, initramfs tool or modprobe.
func TestOtherSystem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		was          func() map[string]string
		layer        Name
		gone, become map[string]string
	}{
		{"sysvinit", sysvinit, Service, map[string]string{"/etc/inittab": "", "/proc/1/comm": ""}, systemdInit},
		{"initramfs-tools", debian12, Initramfs, map[string]string{"/usr/sbin/mkinitramfs": ""}, map[string]string{
			"/usr/bin/dracut": "#!/bin/sh\n", "/boot/initrd.img-" + release: newc(dracutImage()),
		}},
		{"GRUB legacy", legacy, KernelArgument, nil, map[string]string{"/boot/grub/grub.cfg": grubCfg(""), "/etc/default/grub": grubDefault}},
		{"a grub.cfg of XenServer", xcpng, KernelArgument, map[string]string{"/etc/grub.cfg": ""}, map[string]string{"/boot/efi/EFI/xenserver/grub.cfg": xenServerConfig(""), "/sys/firmware/efi/": ""}},
		{"EXTLINUX", alpineExtlinux, KernelArgument, nil, map[string]string{"/boot/grub/grub.cfg": grubCfg(""), "/etc/default/grub": grubDefault}},
		{"module-init-tools", oldModprobe, Modprobe, map[string]string{"/sbin/modprobe": ""}, modern},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.was())
			change := func(m *machine) map[string]string {
				m.remove(test.gone)
				for name, content := range test.become {
					m.write(name, content)
				}
				return m.tree()
			}
			want := change(newMachine(t, test.was()))
			m.mustSet(nil, 2, test.layer)
			change(m)
			h := m.look(nil)
			if enabled, err := Enabled(h, cards(h)); err != nil || !cmp.Equal(enabled, []Name{test.layer}) {
				t.Errorf("enabled: %v, %v", enabled, err)
			}
			m.mustSet(nil, 2)
			m.isAs(want)
		})
	}
}
