package foreign

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParameters(t *testing.T) {
	const conf = "/etc/modprobe.d/xen.conf"
	type fate struct {
		Where, Text string
		Fate        Fate
		Facts       string
	}
	for _, test := range []struct {
		name       string
		files      tree
		want       []fate
		permissive bool
	}{
		{
			name:  "modprobe's options",
			files: tree{conf: "options xen-pciback permissive=1 hide=(00:09.0) passthrough verbose_request=2\n"},
			want: []fate{
				{conf + ":1", "permissive=1", Carried, "permissive = true ... stays in effect where it is"},
				{conf + ":1", "passthrough", Stays, "keep it"},
				{conf + ":1", "verbose_request=2", Stays, "keep it"},
			}, permissive: true,
		},
		{
			name:  "without a list",
			files: tree{conf: "options xen-pciback passthrough=1\n"},
			want:  []fate{{conf + ":1", "passthrough=1", Stays, "keep it"}},
		},
		{
			name:  "in GRUB's settings",
			files: tree{"/etc/default/grub": "GRUB_CMDLINE_LINUX=\"quiet xen-pciback.permissive xen-pciback.passthrough=1\"\n"},
			want: []fate{
				{"/etc/default/grub:1", "xen-pciback.permissive", Carried, "permissive = true"},
				{"/etc/default/grub:1", "xen-pciback.passthrough=1", Stays, "keep it"},
			}, permissive: true,
		},
		{
			name:  "in a variable that Xen entries do not use",
			files: tree{"/etc/default/grub": "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.permissive\"\nGRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=quiet # pciback\n"},
			want:  []fate{{"/etc/default/grub:1", "xen-pciback.permissive", NoEffect, "no effect ... XEN_REPLACE"}},
		},
		{
			name:  "on the running command line alone",
			files: tree{runningFile: "xen-pciback.passthrough=1 xen-pciback.permissive=1", "/boot/grub/grub.cfg": entry("6.1.0", "")},
			want: []fate{
				{runningFile, "xen-pciback.passthrough=1", Lost, "next boot ... no boot loader entry"},
				{runningFile, "xen-pciback.permissive=1", Carried, "permissive = true"},
			}, permissive: true,
		},
		{
			name:  "on the running command line, from the menu",
			files: tree{runningFile: "xen-pciback.passthrough=1", "/boot/grub/grub.cfg": "### BEGIN /etc/grub.d/20_linux_xen ###\n" + entry("6.1.0", "xen-pciback.passthrough=1")},
			want:  []fate{{"/boot/grub/grub.cfg:4", "xen-pciback.passthrough=1", Stays, "keep it"}},
		},
		{
			name:  "in menu.lst",
			files: tree{"/boot/grub/menu.lst": "title x\nkernel /xen.gz\nmodule /vmlinuz xen-pciback.passthrough=1\n"},
			want:  []fate{{"/boot/grub/menu.lst:3", "xen-pciback.passthrough=1", Stays, "keep it"}},
		},
		{
			name:  "in /etc/modules",
			files: tree{"/etc/modules": "xen_pciback hide=(00:09.0) permissive=1 passthrough=1\n", "/sbin/openrc": ""},
			want: []fate{
				{"/etc/modules:1", "permissive=1", Carried, "permissive = true"},
				{"/etc/modules:1", "passthrough=1", Lost, "options xen-pciback passthrough=1 ... /etc/modprobe.d"},
			}, permissive: true,
		},
		{
			name:  "in an install line",
			files: tree{conf: "install e1000 /sbin/modprobe xen-pciback passthrough=1 hide=(00:09.0); /sbin/modprobe --ignore-install e1000\n"},
			want:  []fate{{conf + ":1", "passthrough=1", Lost, "options xen-pciback passthrough=1"}},
		},
		{
			name:  "under another name",
			files: tree{runningFile: "pciback.permissive=1", conf: "options pciback permissive=1\n"},
			want: []fate{
				{runningFile, "pciback.permissive=1", NoEffect, "the module xen-pciback"},
				{conf + ":1", "permissive=1", NoEffect, "no module pciback"},
			},
		},
		{
			name:  "in a file that is not read",
			files: tree{"/etc/modprobe.d/xen": "options xen-pciback permissive=1\n"},
			want:  []fate{{"/etc/modprobe.d/xen:1", "permissive=1", NoEffect, "*.conf"}},
		},
		{
			name:  "set again",
			files: tree{conf: "options xen-pciback permissive=1\noptions xen-pciback permissive=0\n"},
			want: []fate{
				{conf + ":1", "permissive=1", NoEffect, conf + ":2 sets permissive again"},
				{conf + ":2", "permissive=0", Stays, "keep it"},
			},
		},
		{
			name:  "set again on the command line",
			files: tree{conf: "options xen-pciback permissive=0\n", runningFile: "xen-pciback.permissive=y"},
			want: []fate{
				{runningFile, "xen-pciback.permissive=y", Carried, "permissive = true"},
				{conf + ":1", "permissive=0", NoEffect, runningFile + " sets permissive again"},
			}, permissive: true,
		},
		{
			name:  "options, and pciback is built in",
			files: joinedTrees(withBuiltIn("6.1.0"), tree{conf: "options xen-pciback permissive=1\n"}),
			want:  []fate{{conf + ":1", "permissive=1", NoEffect, "built into the kernel 6.1.0"}},
		},
		{
			name:  "the rest of a torn list is no parameter",
			files: tree{conf: "options xen-pciback hide=(00:09.0) (00:0a.0) passthrough=1\n"},
			want:  []fate{{conf + ":1", "passthrough=1", Stays, "keep it"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := Read(machine(t, test.files))
			var got []fate
			for i, p := range s.Parameters {
				one := fate{p.Where.String(), p.Text, p.Fate, p.Why}
				if i < len(test.want) && hasFacts(p.Why, strings.Split(test.want[i].Facts, " ... ")) {
					one.Facts = test.want[i].Facts
				}
				got = append(got, one)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || s.Permissive != test.permissive {
				t.Errorf("permissive %v (-want +got):\n%s", s.Permissive, diff)
			}
		})
	}
}
