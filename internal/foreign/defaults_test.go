package foreign

import (
	"testing"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
)

// generatedConfig is a grub.cfg with one entry for Xen, and one for recovery.
func generatedConfig(arguments string) string {
	return "menuentry 'Debian, with Xen' --class xen {\n\tmultiboot2 /boot/xen.gz placeholder\n" +
		"\tmodule2 /boot/vmlinuz placeholder root=/dev/sda1 ro " + arguments + "\n}\n" +
		"menuentry 'Debian, with Xen (recovery mode)' {\n\tmultiboot2 /boot/xen.gz placeholder\n" +
		"\tmodule2 /boot/vmlinuz placeholder root=/dev/sda1 ro single\n}\n"
}

func TestDefaults(t *testing.T) {
	dropIn, err := grub.Dom0ArgumentLine("xen-pciback.hide", "(0000:00:0a.0)")
	if err != nil {
		t.Fatal(err)
	}
	before := []byte("GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:09.0)\"\n")
	change, err := block.Set(before, []string{dropIn})
	if err != nil {
		t.Fatal(err)
	}
	withBlock, err := change.Apply(before)
	if err != nil {
		t.Fatal(err)
	}
	const variable = "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT"
	for _, test := range []source{
		{
			name:  "as it should be",
			files: tree{defaultsFile: "# GRUB\n" + variable + "=\"quiet xen-pciback.hide=(00:09.0)(00:0a.0)\"\n", "/boot/grub/grub.cfg": generatedConfig("xen-pciback.hide=(00:09.0)(00:0a.0)")},
			want:  []shown{{"/etc/default/grub:2", "00:09.0 00:0a.0", nil}},
		},
		{
			name:  "nothing was made of it",
			files: tree{defaultsFile: variable + "=\"xen-pciback.hide=(00:09.0)(00:0a.0)\"\n", "/boot/grub2/grub.cfg": generatedConfig("xen-pciback.hide=(00:09.0)")},
			want: []shown{{"/etc/default/grub:1", "00:09.0 00:0a.0", []string{
				"the boot loader's entries do not have it: they were not made anew since",
			}}},
		},
		{
			name:  "for recovery too",
			files: tree{defaultsFile: "GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:09.0)'\n"},
			want:  []shown{{"/etc/default/grub:1", "00:09.0", []string{"with GRUB_CMDLINE_LINUX the recovery entries hide it too"}}},
		},
		{
			name:  "on Xen's command line",
			files: tree{defaultsFile: "GRUB_CMDLINE_XEN=\"dom0_mem=1G pciback.hide=(00:09.0)\"\n"},
			want: []shown{{"/etc/default/grub:1", "00:09.0", []string{
				"pciback.hide=(00:09.0) has no effect: the pciback of this kernel is the module xen-pciback, and reads xen-pciback.hide=",
				"GRUB_CMDLINE_XEN goes to Xen, which does not know it; dom0's kernel does not get it",
			}}},
		},
		{
			name: "a later file sets it anew",
			files: tree{
				defaultsFile:                  "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:09.0)\"\n",
				"/etc/default/grub.d/xen.cfg": "# Xen\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet xen-pciback.hide=(00:0a.0)\"\n",
			},
			want: []shown{
				{"/etc/default/grub:1", "00:09.0", []string{"it does not count: /etc/default/grub.d/xen.cfg:2 sets GRUB_CMDLINE_LINUX_DEFAULT anew"}},
				{"/etc/default/grub.d/xen.cfg:2", "00:0a.0", nil},
			},
		},
		{
			name: "a later file adds to it",
			files: tree{
				defaultsFile:                "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:09.0)\"\n",
				"/etc/default/grub.d/a.cfg": "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT quiet\"\n",
				"/etc/default/grub.d/b.bak": "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:0b.0)\"\n",
			},
			want: []shown{{"/etc/default/grub:1", "00:09.0", nil}, {"/etc/default/grub.d/a.cfg:1", "00:09.0", nil}},
		},
		{
			name:  "entries with Xen have another variable",
			files: tree{defaultsFile: "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:09.0)\"\n" + variable + "=quiet\n"},
			want: []shown{{"/etc/default/grub:1", "00:09.0", []string{
				"it does not count: in entries with Xen " + variable + " stands in for GRUB_CMDLINE_LINUX_DEFAULT, by /etc/default/grub:2",
			}}},
		},
		{
			name:   "only a shell could tell",
			files:  tree{defaultsFile: "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=$(cat /etc/hidden)\"\n"},
			unread: []string{"/etc/default/grub:1: not understood: GRUB_CMDLINE_LINUX_DEFAULT: $(cat /etc/hidden) needs a shell"},
		},
		{
			name:  "xenpci's own drop-in",
			files: tree{defaultsFile: "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", brand.GRUBDropIn: dropIn, "/boot/grub/grub.cfg": generatedConfig("quiet xen-pciback.hide=(0000:00:0a.0)"), runningFile: "xen-pciback.hide=(0000:00:0a.0)\n"},
		},
		{
			name:  "xenpci's own block",
			files: tree{defaultsFile: string(withBlock), "/boot/grub/grub.cfg": generatedConfig("xen-pciback.hide=(00:09.0) xen-pciback.hide=(0000:00:0a.0)")},
			want: []shown{{"/etc/default/grub:1", "00:09.0", []string{
				"it does not count: xenpci's own xen-pciback.hide= comes later, and only the last one does",
			}}},
		},
		{
			name: "entries that no setting explains",
			files: tree{
				defaultsFile: variable + "=\"xen-pciback.hide=(00:09.0)\"\n",
				"/boot/efi/EFI/xenserver/grub.cfg": generatedConfig("xen-pciback.hide=(00:09.0)(00:0b.0)") +
					generatedConfig("xen-pciback.hide=(00:09.0)(00:0b.0)"),
			},
			want: []shown{
				{"/etc/default/grub:1", "00:09.0", nil},
				{"/boot/efi/EFI/xenserver/grub.cfg:3", "00:0b.0", []string{"no setting that it is made from has 0000:00:0b.0: it goes when /boot/efi/EFI/xenserver/grub.cfg is made anew"}},
			},
		},
		{
			name:  "typed by hand at this boot",
			files: tree{runningFile: "xen-pciback.hide=(00:09.0)\n", "/boot/grub/grub.cfg": generatedConfig("quiet")},
			want:  []shown{{runningFile, "00:09.0", []string{"the boot loader's entries do not have it: it is of this boot alone"}}},
		},
		{
			name:   "a grub.cfg that is none",
			files:  tree{"/boot/grub/grub.cfg": "menuentry 'x' {\n"},
			unread: []string{"/boot/grub/grub.cfg: line 2: \"}\" is missing"},
		},
	} {
		test.run(t)
	}
}

const menuList = `default 0
title Xen
root (hd0,0)
kernel /boot/xen.gz pciback.hide=(00:0b.0)
module /boot/vmlinuz ro root=/dev/sda1 pciback.hide=(00:09.0) (00:0a.0)
module /boot/initrd
title Linux
kernel /boot/vmlinuz ro pciback.hide=(00:0b.1)
`

func TestMenus(t *testing.T) {
	const foreignKey = " has no effect: the pciback of this kernel is the module xen-pciback, and reads xen-pciback.hide="
	for _, test := range []source{
		{
			name: "in its time", module: "pciback",
			files: tree{"/boot/grub/grub.conf": menuList, "/boot/grub/menu.lst": "-> grub.conf", "/etc/grub.conf": "-> ../boot/grub/grub.conf"},
			want: []shown{
				{"/boot/grub/menu.lst:4", "00:0b.0", []string{"it stands on Xen's line, and Xen does not know it; dom0's kernel does not get it"}},
				{"/boot/grub/menu.lst:5", "00:09.0 00:0a.0", []string{"a blank ends the list before (00:0a.0), so that is not hidden"}},
			},
		},
		{
			name:  "after it",
			files: tree{"/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz pciback.hide=(00:09.0)\n", "/boot/grub/grub.cfg": generatedConfig("")},
			want: []shown{{"/boot/grub/menu.lst:3", "00:09.0", []string{
				"pciback.hide=(00:09.0)" + foreignKey, "it does not count: /boot/grub/grub.cfg boots this machine",
			}}},
		},
		{
			name: "update-grub's options",
			files: tree{"/boot/grub/menu.lst": "### BEGIN AUTOMAGIC KERNELS LIST\n## ## Start Default Options ##\n# xenkopt=console=tty0 xen-pciback.hide=(00:09.0)\n## ## End Default Options ##\n\n" +
				"title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz xen-pciback.hide=(00:09.0)\n### END DEBIAN AUTOMAGIC KERNELS LIST\n"},
			want: []shown{{"/boot/grub/menu.lst:8", "00:09.0", nil}, {"/boot/grub/menu.lst:3", "00:09.0", nil}},
		},
		{
			name: "xenpci has edited it",
			files: tree{
				"/boot/grub/menu.lst":                       "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz xen-pciback.hide=(0000:00:0a.0)\n",
				"/var/lib/xenpci/backup/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz xen-pciback.hide=(00:09.0)\n",
				runningFile: "xen-pciback.hide=(0000:00:0a.0)\n",
			},
			want: []shown{{"/boot/grub/menu.lst:3", "00:09.0", []string{"it does not count: xenpci's own stands in its place"}}},
		},
	} {
		test.run(t)
	}
}
