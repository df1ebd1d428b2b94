package boot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		{"nobody else's", debian12(), Names(), nil},
		{"in the settings of all kernels", withDefaults(debian12(), "GRUB_TIMEOUT=1\nGRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:04.0)(00:09.0)\"\n"), []Name{KernelArgument}, []string{
			"/etc/default/grub:2: GRUB_CMDLINE_LINUX: xen-pciback.hide=(00:04.0)(00:09.0) is there already; ours takes its place, and (0000:00:04.0) is hidden no more: 'xenpci import' declares it too",
		}},
		{"of devices that ours hides too", withDefaults(fedora(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:09.0)\"\n"), []Name{KernelArgument}, nil},
		{"a wildcard", withDefaults(joined(fedora(), map[string]string{"/sys/bus/pci/devices/0000:00:09.0/": "", "/sys/bus/pci/devices/0000:00:09.2/": ""}), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:09.*)\"\n"), []Name{KernelArgument}, []string{
			"/etc/default/grub:1: GRUB_CMDLINE_LINUX: xen-pciback.hide=(00:09.*) is there already; ours takes its place, and (0000:00:09.2) is hidden no more: 'xenpci import' declares it too",
		}},
		{"in another's drop-in", joined(debian12(), map[string]string{"/etc/default/grub.d/xen.cfg": "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT xen-pciback.hide=(0000:00:04.0)\"\n"}), []Name{KernelArgument}, []string{
			"/etc/default/grub.d/xen.cfg:1: GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT: xen-pciback.hide=(0000:00:04.0) is there already; ours takes its place, and (0000:00:04.0) is hidden no more: 'xenpci import' declares it too",
		}},
		{"behind our block", withDefaults(fedora(), "### BEGIN xenpci\n"+strings.Replace(grubLine, "LIST", "(0000:00:09.0)(0000:00:0a.0)", 1)+"### END xenpci\nGRUB_CMDLINE_LINUX=\"pciback.hide=(00:04.0)\"\n"), []Name{KernelArgument}, []string{
			`/etc/default/grub:4: GRUB_CMDLINE_LINUX: "pciback.hide=(00:04.0)" is no argument that this kernel knows`,
			"/etc/default/grub:4: GRUB_CMDLINE_LINUX: xen-pciback.hide=(00:04.0) was meant there; ours does not have it: 'xenpci import' declares it too",
		}},
		{"what only a shell can tell", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"$(cat /x)\"\n"), []Name{KernelArgument}, []string{
			"whether GRUB_CMDLINE_LINUX hides devices already is not known: /etc/default/grub:1: not understood: GRUB_CMDLINE_LINUX: $(cat /x) needs a shell",
		}},
		{"no layer that it concerns", withDefaults(debian12(), "GRUB_CMDLINE_LINUX=\"xen-pciback.hide=(00:04.0)\"\n"), []Name{Service}, nil},
		{"in a stanza", legacy(), []Name{KernelArgument}, []string{
			"/boot/grub/menu.lst:18: xen-pciback.hide=(0000:00:04.0) is there already; ours takes its place, and (0000:00:04.0) is hidden no more: 'xenpci import' declares it too",
		}},
		{"a blank in the list", withMenu("(0000:00:04.0)", "(00:09.0) (00:0a.0)"), []Name{KernelArgument}, []string{
			`/boot/grub/menu.lst:18: a blank ends the list of devices before "(00:0a.0)", which means nothing to the kernel`,
		}},
		{"twice", withMenu("(0000:00:04.0)", "(00:09.0) xen-pciback.hide=(00:0a.0)"), []Name{KernelArgument}, []string{
			`/boot/grub/menu.lst:18: "xen-pciback.hide=(00:09.0)" stands there beside another of its kind, and only the last counts`,
		}},
		{"update-grub of old without its line", joined(legacy(), map[string]string{"/boot/grub/grub.conf": strings.Replace(strings.Replace(menu, "# xenkopt=console=tty0\n", "", 1), " xen-pciback.hide=(0000:00:04.0)", "", 1)}), []Name{KernelArgument}, []string{
			`/boot/grub/menu.lst: update-grub has no line "# xenkopt=" to go by, and writes the entries anew without ours when a kernel is installed`,
		}},
		{"an options line before ours", joined(openRC(), map[string]string{"/etc/modprobe.d/a.conf": "options xen-pciback permissive=1 hide=(0000:00:04.0)\n"}), []Name{Modprobe}, []string{
			"/etc/modprobe.d/a.conf:1: hide=(0000:00:04.0) is there already; ours comes after it and counts in its place: 'xenpci import' declares what it has",
		}},
		{"an options line after ours", joined(openRC(), map[string]string{"/etc/modprobe.d/zz.conf": "options xen-pciback hide=(0000:00:09.0)\n"}), []Name{Modprobe}, []string{
			"/etc/modprobe.d/zz.conf:1: hide=(0000:00:09.0) comes after ours, and counts in its place; take it out, after 'xenpci import'",
		}},
		{"an options line in modprobe.conf", joined(oldModprobe(), map[string]string{oldConfig: "options xen-pciback hide=(0000:00:04.0)\n"}), []Name{Modprobe}, []string{
			oldConfig + ":1: hide=(0000:00:04.0) is there already; ours comes after it and counts in its place: 'xenpci import' declares what it has",
		}},
		{"an install line", joined(openRC(), map[string]string{"/etc/modprobe.d/a.conf": "install e1000 /bin/true\n"}), []Name{Modprobe}, []string{
			"/etc/modprobe.d/a.conf:1: the install line of e1000 is not run any more: modprobe goes by ours",
		}},
		{"an argument of the entries", joined(debian12(), map[string]string{"/boot/grub/grub.cfg": grubCfg("xen-pciback.hide=(0000:00:04.0)"), "/etc/default/grub": "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(0000:00:04.0)\"\n"}), []Name{Modprobe}, []string{
			`/boot/grub/grub.cfg: the entry "Debian, with Xen" has xen-pciback.hide=(0000:00:04.0), which counts in the place of modprobe's options; 'xenpci import' declares what it has, the layer kernel-argument replaces it`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			h := m.look(nil)
			if diff := cmp.Diff(test.want, h.Conflicts(cards(h), test.layers)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// Ours says nothing of itself.
			if err := m.set(nil, 2, test.layers...); err != nil {
				t.Fatal(err)
			}
			h = m.look(nil)
			if diff := cmp.Diff(test.want, h.Conflicts(cards(h), test.layers)); diff != "" {
				t.Errorf("with ours: (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnordered is a toolstack that does not wait.
func TestUnordered(t *testing.T) {
	t.Parallel()
	m := newMachine(t, sysvinit())
	m.mustSet(nil, 2, Service)
	if got := m.look(nil).Unordered([]Name{Service}); len(got) > 0 {
		t.Error(got)
	}
	m.remove(map[string]string{"/etc/rc2.d/S19xenpci": ""})
	m.write("/etc/rc2.d/S30xenpci", "-> ../init.d/xenpci")
	want := []string{"xenpci does not surely come before xendomains: /etc/rc2.d/S30xenpci comes after /etc/rc2.d/S20xendomains"}
	if diff := cmp.Diff(want, m.look(nil).Unordered([]Name{Service})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := m.look(nil).Unordered([]Name{Modprobe}); len(got) > 0 {
		t.Error(got)
	}
}
