package boot

import (
	"strings"
	"testing"
)

func TestConflicts(t *testing.T) {
	t.Parallel()
	withDefaults := func(m map[string]string, text string) map[string]string {
		return joined(m, map[string]string{"/etc/default/grub": text})
	}
	withMenu := func(old, with string) map[string]string {
		return joined(legacy(), map[string]string{"/boot/grub/grub.conf": strings.Replace(menu, old, with, 1)})
	}
	for _, test := range []struct {
		name    string
		machine map[string]string
		layers  []Name
		want    []string
	}{
		{"no setting of others", debian12(), Names(), nil},
		{"in the settings of all kernels", withDefaults(debian12(), "GRUB_TIMEOUT=1\nGRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:04.0)(00:09.0)\"\n"), []Name{KernelArgument}, []string{
			"/etc/default/grub:2: GRUB_CMDLINE_LINUX: xen-pciback.hide=(00:04.0)(00:09.0) | does not hide (0000:00:04.0) | xenpci import",
		}},
		{"of devices that ours hides too", withDefaults(fedora(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:09.0)\"\n"), []Name{KernelArgument}, nil},
		{"a wildcard", withDefaults(joined(fedora(), map[string]string{"/sys/bus/pci/devices/0000:00:09.0/": "", "/sys/bus/pci/devices/0000:00:09.2/": ""}), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:09.*)\"\n"), []Name{KernelArgument}, []string{
			"/etc/default/grub:1: GRUB_CMDLINE_LINUX: xen-pciback.hide=(00:09.*) | does not hide (0000:00:09.2) | xenpci import",
		}},
		{"in another's drop-in", joined(debian12(), map[string]string{"/etc/default/grub.d/xen.cfg": "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT xen-pciback.hide=(0000:00:04.0)\"\n"}), []Name{KernelArgument}, []string{
			"/etc/default/grub.d/xen.cfg:1: GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT: xen-pciback.hide=(0000:00:04.0) | does not hide (0000:00:04.0) | xenpci import",
		}},
		{"behind our block", withDefaults(fedora(), "# BEGIN xenpci\n"+strings.Replace(grubLine, "LIST", "(0000:00:09.0)(0000:00:0a.0)", 1)+"# END xenpci\nGRUB_CMDLINE_LINUX=\"pciback.hide=(00:04.0)\"\n"), []Name{KernelArgument}, []string{
			`/etc/default/grub:4: GRUB_CMDLINE_LINUX: "pciback.hide=(00:04.0)" | argument`,
			"/etc/default/grub:4: GRUB_CMDLINE_LINUX: xen-pciback.hide=(0000:00:04.0) | does not have (0000:00:04.0) | xenpci import",
		}},
		{"what only a shell can tell", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"$(cat /x)\"\n"), []Name{KernelArgument}, []string{
			"cannot tell | GRUB_CMDLINE_LINUX | /etc/default/grub:1 | $(cat /x)",
		}},
		{"in quotes that GRUB takes away", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide='(00:09.0)(00:0a.0)'\"\nGRUB_CMDLINE_LINUX_DEFAULT='a=\\(00:09.0\\)'\n"), []Name{KernelArgument}, []string{
			`/etc/default/grub:2: GRUB_CMDLINE_LINUX_DEFAULT: "a=(00:09.0)" is not an argument of pciback`,
		}},
		{"with backslashes that GRUB takes away", withDefaults(debian12(), "GRUB_CMDLINE_LINUX_DEFAULT='xen-pciback.hide=\\(00:09.0\\)\\(00:04.0\\)'\n"), []Name{KernelArgument}, []string{
			"/etc/default/grub:1: GRUB_CMDLINE_LINUX_DEFAULT: xen-pciback.hide=(00:09.0)(00:04.0) is set here too | does not hide (0000:00:04.0)",
		}},
		{"what GRUB does not pass on", withDefaults(debian12(), "GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:09.0);(00:04.0)'\n"), []Name{KernelArgument}, []string{
			`/etc/default/grub:1: GRUB_CMDLINE_LINUX: GRUB ends the kernel's arguments at ";" | ";(00:04.0)"`,
		}},
		{"a quote that GRUB misses", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide='(00:09.0)\"\n"), []Name{KernelArgument}, []string{
			"/etc/default/grub:1: | quote is not closed | grub-mkconfig fails",
		}},
		{"the default entry boots Linux without Xen", joined(debian12(), map[string]string{"/boot/grub/grub.cfg": "menuentry 'Debian' {\n\tlinux /vmlinuz\n}\n" + grubCfg("")}), []Name{Service}, []string{
			`the default entry "Debian" boots Linux without Xen | make an entry with Xen the default`,
		}},
		{"and no layer is there", joined(debian12(), map[string]string{"/boot/grub/grub.cfg": "menuentry 'Debian' {\n\tlinux /vmlinuz\n}\n" + grubCfg("")}), nil, nil},
		{"misspelt, whatever the layer", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback,hide=(00:09.0)\"\n"), []Name{Service}, []string{
			`/etc/default/grub:1: GRUB_CMDLINE_LINUX: "xen-pciback,hide=(00:09.0)" is not an argument of pciback | should be xen-pciback.hide=(0000:00:09.0)`,
		}},
		{"misspelt, of another device", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback. hide=(00:04.0)\"\n"), []Name{KernelArgument}, []string{
			`"xen-pciback. hide=(00:04.0)" is not an argument of pciback`,
			"xen-pciback.hide=(0000:00:04.0) was meant here, and xenpci's value does not have (0000:00:04.0) | xenpci import",
		}},
		{"IDs in the place of addresses", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(8086:100e)\"\n"), []Name{KernelArgument}, []string{
			"pciback rejects", "/etc/default/grub:1: GRUB_CMDLINE_LINUX: 8086:100e is vendor:device | xenpci list -D -d 8086:100e", "is set here too",
		}},
		{"misspelt in a stanza", withMenu("xen-pciback.hide=(0000:00:04.0)", "'xen-pciback.hide=(00:09.0)'"), []Name{Service}, []string{
			`/boot/grub/menu.lst:18: "'xen-pciback.hide=(00:09.0)'" is not an argument of pciback`,
		}},
		{"misspelt for modprobe", joined(openRC(), map[string]string{"/etc/modprobe.d/a.conf": "options xen-pciback hide(00:09.0)\noptions xen_pciback.hide=(00:0a.0)\noptions xen-pciback permissive=1\noptions e1000 debug=1\n"}), []Name{Service}, []string{
			`/etc/modprobe.d/a.conf:1: "hide(00:09.0)" | should be hide=(0000:00:09.0)`,
			`/etc/modprobe.d/a.conf:2: "xen_pciback.hide=(00:0a.0)" | should be options xen-pciback hide=(0000:00:0a.0)`,
		}},
		{"no layer that it concerns", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:04.0)\"\n"), []Name{Service}, nil},
		{"in a stanza", legacy(), []Name{KernelArgument}, []string{
			"/boot/grub/menu.lst:18: xen-pciback.hide=(0000:00:04.0) | does not hide (0000:00:04.0) | xenpci import",
		}},
		{"a blank in the list", withMenu("(0000:00:04.0)", "(00:09.0) (00:0a.0)"), []Name{KernelArgument}, []string{
			`/boot/grub/menu.lst:18: | blank | "(00:0a.0)"`,
		}},
		{"twice", withMenu("(0000:00:04.0)", "(00:09.0) xen-pciback.hide=(00:0a.0)"), []Name{KernelArgument}, []string{
			`/boot/grub/menu.lst:18: "xen-pciback.hide=(00:09.0)" | only the last`,
		}},
		{"update-grub of old without its line", joined(legacy(), map[string]string{"/boot/grub/grub.conf": strings.Replace(strings.Replace(menu, "# xenkopt=console=tty0\n", "", 1), " xen-pciback.hide=(0000:00:04.0)", "", 1)}), []Name{KernelArgument}, []string{
			`/boot/grub/menu.lst: | update-grub | "# xenkopt=" | without xenpci`,
		}},
		{"an options line before ours", joined(openRC(), map[string]string{"/etc/modprobe.d/a.conf": "options xen-pciback permissive=1 hide=(0000:00:04.0)\n"}), []Name{Modprobe}, []string{
			"/etc/modprobe.d/a.conf:1: hide=(0000:00:04.0) | xenpci's line | overrides it | xenpci import",
		}},
		{"an options line after ours", joined(openRC(), map[string]string{"/etc/modprobe.d/zz.conf": "options xen-pciback hide=(0000:00:09.0)\n"}), []Name{Modprobe}, []string{
			"/etc/modprobe.d/zz.conf:1: hide=(0000:00:09.0) | comes after | overrides it | remove it",
		}},
		{"an options line in modprobe.conf", joined(oldModprobe(), map[string]string{oldConfig: "options xen-pciback hide=(0000:00:04.0)\n"}), []Name{Modprobe}, []string{
			oldConfig + ":1: hide=(0000:00:04.0) | xenpci's line | overrides it | xenpci import",
		}},
		{"an install line", joined(openRC(), map[string]string{"/etc/modprobe.d/a.conf": "install e1000 /bin/true\n"}), []Name{Modprobe}, []string{
			"/etc/modprobe.d/a.conf:1: | install line of e1000 | not run",
		}},
		{"the same argument of the entries, in another form", joined(debian12(), map[string]string{"/boot/grub/grub.cfg": grubCfg("xen-pciback.hide=(00:0a.0)(00:09.0)"), "/etc/default/grub": "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:0a.0)(00:09.0)\"\n"}), []Name{Modprobe}, nil},
		{"an argument of somebody else's entry", joined(debian12(), map[string]string{"/boot/grub/grub.cfg": grubCfg("") + customMark + mine("xen-pciback.hide=(00:04.0)"), custom: verbatim + mine("xen-pciback.hide=(00:04.0)")}), []Name{Modprobe}, []string{
			`/boot/grub/grub.cfg:15: the entry "Mine" has xen-pciback.hide=(00:04.0) | overrides modprobe | remove the argument in ` + custom,
		}},
		{"an argument of the entries", joined(debian12(), map[string]string{"/boot/grub/grub.cfg": grubCfg("xen-pciback.hide=(0000:00:04.0)"), "/etc/default/grub": "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(0000:00:04.0)\"\n"}), []Name{Modprobe}, []string{
			`/boot/grub/grub.cfg:4: the entry "Debian, with Xen" has xen-pciback.hide=(0000:00:04.0) | overrides modprobe | xenpci import | kernel-argument`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			h := m.look(nil)
			haveFacts(t, h.Conflicts(cards(h), test.layers), test.want)
			// Ours is no conflict.
			if err := m.set(nil, 2, test.layers...); err != nil {
				t.Fatal(err)
			}
			h = m.look(nil)
			haveFacts(t, h.Conflicts(cards(h), test.layers), test.want)
		})
	}
}

// TestUnordered has a toolstack that does not wait for our service.
func TestUnordered(t *testing.T) {
	t.Parallel()
	m := newMachine(t, sysvinit())
	m.mustSet(nil, 2, Service)
	if got := m.look(nil).Unordered([]Name{Service}); len(got) > 0 {
		t.Error(got)
	}
	m.remove(map[string]string{"/etc/rc2.d/S19xenpci": ""})
	m.write("/etc/rc2.d/S30xenpci", "-> ../init.d/xenpci")
	haveFacts(t, m.look(nil).Unordered([]Name{Service}), []string{"xenpci may start after xendomains | /etc/rc2.d/S30xenpci | /etc/rc2.d/S20xendomains"})
	if got := m.look(nil).Unordered([]Name{Modprobe}); len(got) > 0 {
		t.Error(got)
	}
}
