package foreign

import (
	"maps"
	"testing"
)

// The indexes of kernels that have pciback, and e1000 as a module.
const (
	pcibackFile = "kernel/drivers/xen/xen-pciback/xen-pciback.ko"
	e1000File   = "kernel/drivers/net/e1000/e1000.ko"
)

func withPciback(release string) tree {
	return tree{"/lib/modules/" + release + "/modules.dep": pcibackFile + ":\n" + e1000File + ":\n", "/lib/modules/" + release + "/modules.builtin": ""}
}

func withBuiltIn(release string) tree {
	return tree{"/lib/modules/" + release + "/modules.dep": e1000File + ":\n", "/lib/modules/" + release + "/modules.builtin": pcibackFile + "\n"}
}

func entry(release, arguments string) string {
	return "menuentry 'Xen " + release + "' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-" + release + " root=/dev/sda1 " + arguments + "\n}\n"
}

func joinedTrees(trees ...tree) tree {
	all := tree{}
	for _, one := range trees {
		maps.Copy(all, one)
	}
	return all
}

func TestKernels(t *testing.T) {
	const (
		conf     = "/etc/modprobe.d/xen.conf"
		list     = "options xen-pciback hide=(00:09.0)\n"
		argument = "xen-pciback.hide=(00:09.0)"
		module   = "xen-pciback is a module in the kernel 6.1.0"
		nothing  = module + " ... nothing ... loads it at boot: this does nothing until 'modprobe xen-pciback'"
	)
	for _, test := range []source{
		{
			name:  "built in: modprobe's lines",
			files: joinedTrees(withBuiltIn("6.1.0"), tree{conf: list + "softdep e1000 pre: xen-pciback\ninstall e1000 /sbin/modprobe xen-pciback; /sbin/modprobe --ignore-install e1000\n"}),
			want: []shown{
				{conf + ":1", "00:09.0", []string{"no effect: pciback is built into the kernel 6.1.0 ... only the kernel command line"}},
				{conf + ":2", "", []string{"no effect: pciback is built into the kernel 6.1.0 ... nothing to load"}},
				{conf + ":3", "", []string{"no effect ... softdep for e1000"}},
			},
		},
		{
			name:  "built in: lists of modules",
			files: joinedTrees(withBuiltIn("6.1.0"), tree{"/etc/modules": "xen-pciback\n", "/etc/modules-load.d/x.conf": "# x\nxen_pciback\n", "/usr/lib/modules-load.d/xen.conf": "xen-pciback\n"}),
			want: []shown{
				{"/etc/modules:1", "", []string{"no effect: pciback is built into the kernel 6.1.0 ... nothing to load"}},
				{"/etc/modules-load.d/x.conf:2", "", []string{"no effect: pciback is built into the kernel 6.1.0 ... nothing to load"}},
			},
		},
		{
			name:  "built in: an argument",
			files: joinedTrees(withBuiltIn("6.1.0"), tree{runningFile: argument}),
			want:  []shown{{runningFile, "00:09.0", nil}},
		},
		{
			name:  "no pciback",
			files: tree{"/lib/modules/6.1.0/modules.dep": e1000File + ":\n", runningFile: argument},
			want:  []shown{{runningFile, "00:09.0", []string{"no effect: the kernel 6.1.0 has no pciback"}}},
		},
		{
			name:  "a module: an argument alone",
			files: joinedTrees(withPciback("6.1.0"), tree{runningFile: argument}),
			want:  []shown{{runningFile, "00:09.0", []string{nothing}}},
		},
		{
			name:  "a module: options alone",
			files: joinedTrees(withPciback("6.1.0"), tree{conf: list}),
			want:  []shown{{conf + ":1", "00:09.0", []string{nothing}}},
		},
		{
			name:  "a module: options, and a softdep",
			files: joinedTrees(withPciback("6.1.0"), tree{conf: list + "softdep e1000 pre: xen-pciback\n"}),
			want:  []shown{{conf + ":1", "00:09.0", nil}, {conf + ":2", "", nil}},
		},
		{
			name:  "a module: options, and an install line",
			files: joinedTrees(withPciback("6.1.0"), tree{conf: list + "install e1000 /sbin/modprobe xen-pciback; /sbin/modprobe --ignore-install e1000\n"}),
			want:  []shown{{conf + ":1", "00:09.0", nil}, {conf + ":2", "", nil}},
		},
		{
			name:  "a module: a softdep of another driver",
			files: joinedTrees(withPciback("6.1.0"), tree{conf: list + "softdep tg3 pre: xen-pciback\n"}),
			want: []shown{
				{conf + ":1", "00:09.0", []string{module + " ... no softdep or install line loads it before e1000"}},
				{conf + ":2", "", nil},
			},
		},
		{
			name:  "a module: a list of modules",
			files: joinedTrees(withPciback("6.1.0"), tree{conf: list, "/usr/lib/modules-load.d/xen.conf": "xen-evtchn\nxen-pciback\n"}),
			want:  []shown{{conf + ":1", "00:09.0", []string{module + " ... /usr/lib/modules-load.d/xen.conf:2 loads, but e1000 may take the devices first"}}},
		},
		{
			name:  "a module: a list of modules that another file of its name hides",
			files: joinedTrees(withPciback("6.1.0"), tree{conf: list, "/usr/lib/modules-load.d/xen.conf": "xen-pciback\n", "/etc/modules-load.d/xen.conf": ""}),
			want:  []shown{{conf + ":1", "00:09.0", []string{nothing}}},
		},
		{
			name:  "a module: the image's list",
			files: joinedTrees(withPciback("6.1.0"), tree{runningFile: argument, "/etc/initramfs-tools/modules": "xen-pciback\n"}),
			want:  []shown{{runningFile, "00:09.0", []string{module + " ... /etc/initramfs-tools/modules:1 loads, but e1000 may take"}}},
		},
		{
			name:  "a module: OpenRC's list",
			files: joinedTrees(withPciback("6.1.0"), tree{runningFile: argument, "/etc/conf.d/modules": "modules=\"loop xen-pciback\"\n"}),
			want:  []shown{{runningFile, "00:09.0", []string{module + " ... /etc/conf.d/modules:1 loads, but e1000 may take"}}},
		},
		{
			name:  "a module that dracut loads first",
			files: joinedTrees(withPciback("6.1.0"), tree{runningFile: "rd.driver.pre=xen-pciback " + argument}),
			want:  []shown{{runningFile, "00:09.0", nil}},
		},
		{
			name:  "a driver that is built in",
			files: joinedTrees(withPciback("6.1.0"), tree{"/lib/modules/6.1.0/modules.builtin": e1000File + "\n", conf: list + "softdep e1000 pre: xen-pciback\n"}),
			want: []shown{
				{conf + ":1", "00:09.0", []string{module + ", but e1000 is built in ... before any module"}},
				{conf + ":2", "", nil},
			},
		},
		{
			name:  "kernels that differ",
			files: joinedTrees(withPciback("6.1.0"), withBuiltIn("6.6.0"), tree{conf: list, "/boot/grub/grub.cfg": entry("6.6.0", "") + entry("6.1.0", "")}),
			want:  []shown{{conf + ":1", "00:09.0", []string{"no effect: pciback is built into the kernel 6.6.0", nothing}}},
		},
		{
			name:  "the kernel that boots is not the running one",
			files: joinedTrees(withPciback("6.1.0"), withBuiltIn("6.6.0"), tree{conf: list, "/boot/grub/grub.cfg": entry("6.6.0", "")}),
			want:  []shown{{conf + ":1", "00:09.0", []string{"no effect: pciback is built into the kernel 6.6.0"}}},
		},
		{
			name:  "in GRUB's settings",
			files: joinedTrees(withPciback("6.1.0"), tree{"/etc/default/grub": "GRUB_CMDLINE_LINUX_DEFAULT=\"" + argument + "\"\n"}),
			want:  []shown{{"/etc/default/grub:1", "00:09.0", []string{nothing}}},
		},
	} {
		test.run(t)
	}
}

func TestHasEffect(t *testing.T) {
	const conf = "/etc/modprobe.d/xen.conf"
	for _, test := range []struct {
		name  string
		files tree
		has   map[string]bool
	}{
		{"a line that is read", tree{conf: "options xen-pciback hide=(00:09.0)\n"}, map[string]bool{"0000:00:09.0": true}},
		{"a file that is not read", tree{"/etc/modprobe.d/xen": "options xen-pciback hide=(00:09.0)\n"}, map[string]bool{"0000:00:09.0": false}},
		{"behind a blank", tree{conf: "options xen-pciback hide=(00:09.0) (00:0a.0)\n"}, map[string]bool{"0000:00:09.0": true, "0000:00:0a.0": false}},
		{"a list that pciback rejects", tree{conf: "options xen-pciback hide=(00:09.0)(x)\n"}, map[string]bool{"0000:00:09.0": false}},
		{"of two arguments", tree{runningFile: "xen-pciback.hide=(00:09.0) xen-pciback.hide=(00:0a.0)"}, map[string]bool{"0000:00:09.0": false, "0000:00:0a.0": true}},
		{"under the old name", tree{runningFile: "pciback.hide=(00:09.0)"}, map[string]bool{"0000:00:09.0": false}},
		{"a variable that is set again", tree{"/etc/default/grub": "GRUB_CMDLINE_LINUX=xen-pciback.hide=\"(00:09.0)\"\nGRUB_CMDLINE_LINUX=\n"}, map[string]bool{}},
		{"a menu of an earlier boot loader", tree{"/boot/grub/grub.cfg": entry("6.1.0", ""), "/boot/grub/menu.lst": "title x\nkernel /xen.gz\nmodule /vmlinuz xen-pciback.hide=(00:09.0)\n"}, map[string]bool{"0000:00:09.0": false}},
		{"on Xen's line", tree{"/boot/grub/menu.lst": "title x\nkernel /xen.gz xen-pciback.hide=(00:09.0)\nmodule /vmlinuz\n"}, map[string]bool{"0000:00:09.0": false}},
		{"options, and pciback is built in", joinedTrees(withBuiltIn("6.1.0"), tree{conf: "options xen-pciback hide=(00:09.0)\n"}), map[string]bool{"0000:00:09.0": false}},
		{"an argument of a kernel without pciback", tree{"/lib/modules/6.1.0/modules.dep": e1000File + ":\n", runningFile: "xen-pciback.hide=(00:09.0)"}, map[string]bool{"0000:00:09.0": false}},
		{"one line of two", tree{conf: "options xen-pciback hide=(00:09.0)\n", "/etc/modprobe.conf": "options pciback hide=(00:09.0)\n"}, map[string]bool{"0000:00:09.0": true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := Read(machine(t, test.files))
			for name, want := range test.has {
				if got := s.HasEffect(address(t, name)); got != want {
					t.Errorf("%s: %v", name, got)
				}
			}
			if len(s.Devices()) != len(test.has) {
				t.Errorf("%v", show(s))
			}
		})
	}
}
