package boot

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/initramfs"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/kmod"
)

const (
	modprobeTop = modprobeMark
	grubTop     = mark + "# The normal entries with Xen hide these devices from dom0.\n"
	grubLine    = "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=\"${GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT:-$GRUB_CMDLINE_LINUX_DEFAULT} xen-pciback.hide=LIST\"\n"
	udevTop     = mark + "ACTION!=\"add\", GOTO=\"xenpci_end\"\nSUBSYSTEM!=\"pci\", GOTO=\"xenpci_end\"\nTEST!=\"/sys/hypervisor/type\", GOTO=\"xenpci_end\"\n" + udevRecovery
	udevLine    = ", ATTR{vendor}==\"0x8086\", ATTR{device}==\"0x100e\", ATTR{driver_override}=\"pciback\", RUN{builtin}+=\"kmod load xen-pciback\"\n"
	classic     = "install e1000 /sbin/modprobe xen-pciback ; /sbin/modprobe --first-time --ignore-install e1000\n"
	trigger     = "#!/bin/sh\n" + mark + `# Reports if the next boot does not hide the devices any more. The update goes on
# in any case.
program=/usr/sbin/xenpci
if [ -x "$program" ]; then
	"$program" verify --next >&2 || :
fi
exit 0
`
)

// TestWritten checks what each layer writes for two devices, to the byte, and what is
// left of it for one. LIST and HOOKED stand for the list of devices.
func TestWritten(t *testing.T) {
	t.Parallel()
	script, text := "-rwxr-xr-x ", "-rw-r--r-- "
	debianTriggers := map[string]string{"/etc/initramfs/post-update.d/zzz-xenpci": script + trigger, "/etc/kernel/postinst.d/zzz-xenpci": script + trigger}
	fedoraTriggers := map[string]string{"/etc/kernel/install.d/99-xenpci.install": script + trigger}
	hook := map[string]string{grubHook: script + string(marked(grubHookText("HOOKED")))}
	modprobeFiles := func(first string) map[string]string {
		return map[string]string{softdepFile: text + modprobeTop + first, optionsFile: text + modprobeTop + "options xen-pciback hide=LIST\n"}
	}
	softdeps := modprobeFiles("softdep e1000 pre: xen-pciback\n")
	rules := func(n int) string {
		all := udevTop + `KERNEL=="0000:00:09.0"` + udevLine
		if n == 2 {
			all += `KERNEL=="0000:00:0a.0"` + udevLine
		}
		return all + "LABEL=\"xenpci_end\"\n"
	}
	for _, test := range []struct {
		name    string
		machine map[string]string
		layer   Name
		classic bool
		want    func(n int) map[string]string
	}{
		{"a drop-in", debian12(), KernelArgument, false, func(int) map[string]string {
			return joined(debianTriggers, hook, map[string]string{"/etc/default/grub.d/xenpci.cfg": text + grubTop + grubLine})
		}},
		{"a block", fedora(), KernelArgument, false, func(int) map[string]string {
			return joined(fedoraTriggers, hook, map[string]string{
				"/etc/default/grub": text + grubDefault + "\n# BEGIN xenpci (the newline above is xenpci's)\n" + grubLine + "# END xenpci\n",
				// It is kept until it is back.
				"/var/lib/xenpci/backup/etc/default/grub": text + grubDefault,
			})
		}},
		{"a menu", legacy(), KernelArgument, false, func(int) map[string]string {
			with := strings.Replace(menu, "/vmlinuz-6  root=/dev/sda1 ro", "/vmlinuz-6  root=/dev/sda1 ro xen-pciback.hide=LIST", 1)
			with = strings.Replace(with, "hide=(0000:00:04.0)", "hide=LIST", 1)
			with = strings.Replace(with, "xenkopt=console=tty0", "xenkopt=console=tty0 xen-pciback.hide=LIST", 1)
			return map[string]string{"/boot/grub/grub.conf": text + with, "/var/lib/xenpci/backup/boot/grub/grub.conf": text + menu}
		}},
		{"modprobe.d", debian12(), Modprobe, false, func(int) map[string]string { return joined(debianTriggers, softdeps) }},
		{"modprobe.d, with another's softdep", joined(openRC(), map[string]string{"/etc/modprobe.d/net.conf": "softdep e1000 pre: mii post: extra\n"}), Modprobe, false, func(int) map[string]string {
			return modprobeFiles("softdep e1000 pre: xen-pciback mii post: extra\n")
		}},
		{"install lines", openRC(), Modprobe, true, func(int) map[string]string { return modprobeFiles(classic) }},
		{"an install line that would not count", joined(openRC(), map[string]string{"/etc/modprobe.d/net.conf": "softdep e1000 pre: mii\n"}), Modprobe, true, func(int) map[string]string {
			return modprobeFiles("softdep e1000 pre: xen-pciback mii\n")
		}},
		{"an install line that the initramfs would not follow", debian12(), Modprobe, true, func(int) map[string]string { return joined(debianTriggers, softdeps) }},
		{"modprobe.d with dracut", fedora(), Modprobe, false, func(int) map[string]string {
			return joined(fedoraTriggers, softdeps, map[string]string{
				dracutModprobe: text + mark + "add_drivers+=\" xen-pciback \"\ninstall_items+=\" /etc/modprobe.d/00-xenpci.conf /etc/modprobe.d/xenpci.conf \"\n",
			})
		}},
		{"modprobe.d with mkinitfs", alpine(), Modprobe, false, func(int) map[string]string {
			feature, err := os.ReadFile("../../initramfs/mkinitfs/pciback.modules")
			if err != nil {
				t.Fatal(err)
			}
			return joined(softdeps, map[string]string{
				mkinitfsConf: text + "features=\"ata base ext4 keymap pciback\"\n", "/var/lib/xenpci/backup" + mkinitfsConf: text + "features=\"ata base ext4 keymap\"\n",
				"/etc/mkinitfs/features.d/pciback.modules": text + mark + string(feature),
			})
		}},
		{"modprobe.conf", oldModprobe(), Modprobe, false, func(int) map[string]string {
			before := "alias eth0 e1000\noptions snd slots=1"
			return map[string]string{
				oldConfig:                            text + before + "\n# BEGIN xenpci (the newline above is xenpci's)\n" + classic + "options xen-pciback hide=LIST\n# END xenpci\n",
				"/var/lib/xenpci/backup" + oldConfig: text + before,
			}
		}},
		{"udev", debian12(), Udev, false, func(n int) map[string]string {
			return joined(debianTriggers, map[string]string{udevRules: text + rules(n)})
		}},
		{"udev with dracut", fedora(), Udev, false, func(n int) map[string]string {
			return joined(fedoraTriggers, map[string]string{udevRules: text + rules(n), dracutConf: text + mark + "install_items+=\" " + udevRules + " \"\n"})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			before := m.tree()
			for _, n := range []int{2, 1} {
				list := "(0000:00:09.0)(0000:00:0a.0)"[:n*len("(0000:00:09.0)")]
				h := m.look(nil)
				h.InstallLines = test.classic
				setup, err := Prepare(t.Context(), h, listed(cards(h)[:n]), []Name{test.layer})
				if err == nil {
					err = setup.CarryOut(t.Context())
				}
				if err != nil {
					t.Fatal(err)
				}
				want := test.want(n)
				for name := range want {
					want[name] = strings.NewReplacer("hide=LIST", "hide="+list, "HOOKED", list).Replace(want[name])
				}
				if diff := cmp.Diff(want, written(before, m.tree())); diff != "" {
					t.Errorf("%d devices: (-want +got):\n%s", n, diff)
				}
			}
		})
	}
}

// TestInstallLinesStay keeps the form of the lines when the list changes.
func TestInstallLinesStay(t *testing.T) {
	t.Parallel()
	m := newMachine(t, openRC())
	h := m.look(nil)
	h.InstallLines = true
	setup, err := Prepare(t.Context(), h, listed(cards(h)), []Name{Modprobe})
	if err == nil {
		err = setup.CarryOut(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	m.mustSet(nil, 1, Modprobe)
	if got := m.read(softdepFile); got != modprobeTop+classic {
		t.Error(got)
	}
}

// TestNoInstallLines says why install lines that were asked for are not written.
func TestNoInstallLines(t *testing.T) {
	t.Parallel()
	softdep := joined(openRC(), map[string]string{"/etc/modprobe.d/net.conf": "softdep e1000 pre: mii\n"})
	for _, test := range []struct {
		name    string
		machine map[string]string
		devices func(*Host) []Device
		want    string
	}{
		{"they are written", openRC(), cards, ""},
		{"in the initramfs", alpine(), cards, "e1000 is in the initramfs, whose tools see only softdep lines"},
		{"somebody's softdep line", softdep, cards, "e1000 has a softdep line at /etc/modprobe.d/net.conf:1, with which modprobe runs no install line"},
		{"module-init-tools write no other", oldModprobe(), cards, ""},
		{"no module", openRC(), func(*Host) []Device { return []Device{card(kmod.BuiltIn, false)} }, "no driver of the devices is a module"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newMachine(t, test.machine).look(nil)
			h.InstallLines = true
			got := strings.Join(h.NoInstallLines(test.devices(h)), "\n")
			if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestServiceFiles checks the shipped files with the mark in them, and the links of
// each init system.
func TestServiceFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		machine map[string]string
		files   []string
		links   map[string]string
	}{
		{"systemd", debian12(), []string{"/etc/systemd/system/xenpci-early.service", "/etc/systemd/system/xenpci.service", "/etc/systemd/system/xenpci-verify.service"}, map[string]string{
			"/etc/systemd/system/multi-user.target.wants/xenpci-verify.service": "-> /etc/systemd/system/xenpci-verify.service",
			"/etc/systemd/system/multi-user.target.wants/xenpci.service":        "-> /etc/systemd/system/xenpci.service",
			"/etc/systemd/system/sysinit.target.wants/xenpci-early.service":     "-> /etc/systemd/system/xenpci-early.service",
		}},
		{"sysvinit", sysvinit(), []string{"/etc/init.d/xenpci-early", "/etc/init.d/xenpci"}, map[string]string{
			"/etc/rc2.d/S19xenpci": "-> ../init.d/xenpci", "/etc/rc3.d/S71xenpci": "-> ../init.d/xenpci",
			"/etc/rc4.d/S71xenpci": "-> ../init.d/xenpci", "/etc/rc5.d/S71xenpci": "-> ../init.d/xenpci",
			"/etc/rcS.d/S01xenpci-early": "-> ../init.d/xenpci-early",
		}},
		{"OpenRC", openRC(), []string{"/etc/init.d/xenpci-early", "/etc/init.d/xenpci"}, map[string]string{
			"/etc/runlevels/default/xenpci": "-> /etc/init.d/xenpci", "/etc/runlevels/sysinit/xenpci-early": "-> /etc/init.d/xenpci-early",
		}},
		{"upstart", upstartInit(), []string{"/etc/init/xenpci-early.conf", "/etc/init/xenpci.conf"}, nil},
		{"upstart with /etc/event.d", upstartEvents(), []string{"/etc/event.d/xenpci"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			before := m.tree()
			m.mustSet(nil, 2, Service)
			files, links := map[string]string{}, map[string]string{}
			for name, content := range written(before, m.tree()) {
				switch {
				case strings.HasPrefix(content, "-> "):
					links[name] = content
				case !strings.Contains(name, "zzz-xenpci"):
					files[name] = content
				}
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(test.files)), slices.Sorted(maps.Keys(files))); diff != "" {
				t.Errorf("files: (-want +got):\n%s", diff)
			}
			if want := joined(test.links); !maps.Equal(want, links) {
				t.Errorf("links: %s", cmp.Diff(want, links))
			}
			h := m.look(nil)
			shipped, err := scripts(h.Init, h.Program)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range shipped {
				if got := files[f.Path]; got != f.Mode.String()+" "+string(marked([]byte(f.Text))) || strings.Count(got, mark) != 1 {
					t.Errorf("%s: %s", f.Path, got)
				}
			}
		})
	}
}

// TestInitramfsFiles checks that only the files of the tool that made the image are
// there.
func TestInitramfsFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		machine map[string]string
		want    []string
	}{
		{"initramfs-tools", debian12(), []string{"/etc/initramfs-tools/hooks/xenpci", "/etc/initramfs-tools/scripts/init-top/00xenpci", initramfs.Mark}},
		{"dracut", fedora(), []string{initramfs.Mark, "/usr/lib/dracut/modules.d/90xenpci/module-setup.sh", "/usr/lib/dracut/modules.d/90xenpci/xenpci-pre-udev.sh"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			before := m.tree()
			m.mustSet(nil, 2, Initramfs)
			var got []string
			for name, content := range written(before, m.tree()) {
				if strings.Contains(name, "99-xenpci") || strings.Contains(name, "zzz-xenpci") {
					continue
				}
				got = append(got, name)
				if name == initramfs.Mark && content == "-rw-r--r-- "+mark+initramfs.MarkText {
					continue
				}
				if !strings.HasPrefix(content, "-rwxr-xr-x #!/bin/") || !brand.Owns([]byte(content[len("-rwxr-xr-x "):])) {
					t.Errorf("%s: %.80q", name, content)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
