package boot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pciback"
)

const badArgument = "xen-pciback.hide=(00:0a:0)"

func TestRefused(t *testing.T) {
	t.Parallel()
	builtIn := map[string]string{
		"/lib/modules/" + release + "/modules.dep":     "kernel/drivers/net/ethernet/intel/e1000/e1000.ko:\n",
		"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
	}
	options := func(name, text string) map[string]string {
		return map[string]string{"/etc/modprobe.d/" + name: text + "\n"}
	}
	menu := func(arguments string) map[string]string {
		return map[string]string{"/boot/grub/grub.cfg": grubCfg(arguments)}
	}
	for _, test := range []struct {
		name    string
		machine map[string]string
		layers  []Name
		want    string // "" for no error
	}{
		{"nothing is set", debian12(), []Name{Service}, ""},
		{"modprobe's options", joined(debian12(), options("a.conf", "options xen-pciback hide=(x)")), []Name{Service}, "/etc/modprobe.d/a.conf:1: hide=(x): at \"(x)\""},
		{"modprobe's options before ours", joined(debian12(), options("a.conf", "options xen-pciback hide=(x)")), []Name{Modprobe}, ""},
		{"modprobe's options after ours", joined(debian12(), options("z.conf", "options xen-pciback hide=(x)")), []Name{Modprobe}, "/etc/modprobe.d/z.conf:1: "},
		{"options that the kernel refuses, before ours", joined(debian12(), options("a.conf", "options xen-pciback permissive=x")), []Name{Modprobe}, "/etc/modprobe.d/a.conf:1: permissive=x"},
		{"an entry", joined(debian12(), menu(badArgument)), []Name{Modprobe}, "/boot/grub/grub.cfg:4: " + badArgument},
		{"an entry, before ours", joined(debian12(), menu(badArgument)), []Name{KernelArgument, Modprobe}, ""},
		{"built in: an entry", joined(debian12(), builtIn, menu(badArgument)), []Name{Service}, "/boot/grub/grub.cfg:4: " + badArgument},
		{"built in: an entry, before ours", joined(debian12(), builtIn, menu(badArgument)), []Name{KernelArgument}, ""},
		{"built in: modprobe's options", joined(debian12(), builtIn, options("a.conf", "options xen-pciback hide=(x)")), []Name{Service}, ""},
		{"built in: no entry is known", joined(kernel(), builtIn, map[string]string{"/proc/cmdline": badArgument + "\n"}), []Name{Service}, "/proc/cmdline: " + badArgument},
		{"corrected since the boot", joined(debian12(), builtIn, map[string]string{"/proc/cmdline": badArgument + "\n"}), []Name{Service}, ""},
		{"no pciback", joined(debian12(), map[string]string{"/lib/modules/" + release + "/modules.dep": "x.ko:\n"}, menu(badArgument)), []Name{Service}, ""},
		{"the kernel that boots next has it built in", joined(debian12(), options("a.conf", "options xen-pciback hide=(x)"), map[string]string{
			"/lib/modules/6.6.0/modules.dep": "", "/lib/modules/6.6.0/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
			"/boot/grub/grub.cfg": strings.ReplaceAll(grubCfg(""), release, "6.6.0"),
		}), []Name{Service}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if e := newMachine(t, test.machine).look(nil).Refused(test.layers); e != nil {
				got = e.Error()
			}
			if !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	config := map[string]string{"/boot/grub/grub.cfg": grubCfg(badArgument)}
	for _, test := range []struct {
		name    string
		machine map[string]string
		want    []pciback.Place
		gone    bool
	}{
		{"no boot loader", kernel(), nil, false},
		{"in a setting", joined(debian12(), config, map[string]string{"/etc/default/grub": "A=1\nGRUB_CMDLINE_LINUX=\"quiet " + badArgument + "\"\n"}), []pciback.Place{{File: "/etc/default/grub", Line: 2}}, false},
		{"in a drop-in", joined(debian12(), config, map[string]string{"/etc/default/grub.d/a.cfg": "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=\"" + badArgument + "\"\n"}), []pciback.Place{{File: "/etc/default/grub.d/a.cfg", Line: 1}}, false},
		{"in the menu alone", joined(debian12(), config), []pciback.Place{{File: "/boot/grub/grub.cfg", Line: 4}}, false},
		{"in a menu of GRUB legacy", joined(legacy(), map[string]string{"/boot/grub/grub.conf": strings.Replace(menu, "xen-pciback.hide=(0000:00:04.0)", badArgument, 1)}), []pciback.Place{{File: "/boot/grub/menu.lst", Line: 18}}, false},
		{"nowhere", debian12(), nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, gone := Origins(newMachine(t, test.machine).fs, badArgument)
			if diff := cmp.Diff(test.want, got); diff != "" || gone != test.gone {
				t.Errorf("gone %v (-want +got):\n%s", gone, diff)
			}
		})
	}
}
