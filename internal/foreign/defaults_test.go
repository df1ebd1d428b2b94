package foreign

import (
	"testing"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
)

// generatedConfig is a grub.cfg with one entry for Xen, and one for recovery.
func generatedConfig(arguments string) string {
	return section("/etc/grub.d/20_linux_xen") + xenEntries(arguments)
}

// xenEntries are the entries of generatedConfig, without the mark of a script.
func xenEntries(arguments string) string {
	return "menuentry 'Debian, with Xen' --class xen {\n\tmultiboot2 /boot/xen.gz placeholder\n" +
		"\tmodule2 /boot/vmlinuz placeholder root=/dev/sda1 ro " + arguments + "\n}\n" +
		"menuentry 'Debian, with Xen (recovery mode)' {\n\tmultiboot2 /boot/xen.gz placeholder\n" +
		"\tmodule2 /boot/vmlinuz placeholder root=/dev/sda1 ro single\n}\n"
}

// section is grub-mkconfig's mark of what a script wrote.
func section(script string) string { return "### BEGIN " + script + " ###\n" }

const readsSettings = "#!/bin/sh\nargs=$GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT\n"

func TestDefaults(t *testing.T) {
	dropIn, err := grub.Dom0ArgumentLine("xen-pciback.hide", "(0000:00:0a.0)")
	if err != nil {
		t.Fatal(err)
	}
	before := []byte("GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:09.0)\"\n")
	change, err := block.Hiding.Set(before, []string{dropIn})
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
				"no boot loader entry ... grub.cfg",
			}}},
		},
		{
			name:  "for recovery too",
			files: tree{defaultsFile: "GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:09.0)'\n"},
			want:  []shown{{"/etc/default/grub:1", "00:09.0", []string{"GRUB_CMDLINE_LINUX ... recovery entries"}}},
		},
		{
			name:  "on Xen's command line",
			files: tree{defaultsFile: "GRUB_CMDLINE_XEN=\"dom0_mem=1G pciback.hide=(00:09.0)\"\n"},
			want: []shown{{"/etc/default/grub:1", "00:09.0", []string{
				"pciback.hide=(00:09.0) ... no effect ... module xen-pciback ... xen-pciback.hide=",
				"GRUB_CMDLINE_XEN ... Xen ... dom0's kernel does not get it",
			}}},
		},
		{
			name: "a later file sets it again",
			files: tree{
				defaultsFile:                  "GRUB_CMDLINE_LINUX_DEFAULT=\"xen-pciback.hide=(00:09.0)\"\n",
				"/etc/default/grub.d/xen.cfg": "# Xen\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet xen-pciback.hide=(00:0a.0)\"\n",
			},
			want: []shown{
				{"/etc/default/grub:1", "00:09.0", []string{"no effect ... /etc/default/grub.d/xen.cfg:2 sets GRUB_CMDLINE_LINUX_DEFAULT"}},
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
				"no effect ... " + variable + " instead of GRUB_CMDLINE_LINUX_DEFAULT ... /etc/default/grub:2",
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
				"no effect ... xenpci's own xen-pciback.hide= comes later",
			}}},
		},
		{
			name: "entries that no setting explains",
			files: tree{
				defaultsFile: variable + "=\"xen-pciback.hide=(00:09.0)\"\n",
				"/boot/efi/EFI/fedora/grub.cfg": generatedConfig("xen-pciback.hide=(00:09.0)(00:0b.0)") +
					generatedConfig("xen-pciback.hide=(00:09.0)(00:0b.0)"),
			},
			want: []shown{
				{"/etc/default/grub:1", "00:09.0", nil},
				{"/boot/efi/EFI/fedora/grub.cfg:4", "00:0b.0", []string{"no setting ... 0000:00:0b.0 ... lost ... /boot/efi/EFI/fedora/grub.cfg"}},
			},
		},
		{
			name:  "entries that no setting explains, in what settings become",
			files: tree{defaultsFile: "GRUB_TIMEOUT=1\n", "/boot/grub/grub.cfg": generatedConfig("xen-pciback.hide=(00:0b.0)"), "/etc/grub.d/20_linux_xen": readsSettings},
			want: []shown{{"/boot/grub/grub.cfg:4", "00:0b.0", []string{
				"no setting in /etc/default/grub explains 0000:00:0b.0, so it is lost when /boot/grub/grub.cfg is generated again",
			}}},
		},
		{
			name: "settings that are not understood",
			files: tree{
				defaultsFile: "GRUB_TIMEOUT=1\n. /etc/grub-more\n", "/etc/default/grub.d/a.cfg": "GRUB_CMDLINE_XEN=x\n",
				"/boot/grub/grub.cfg": generatedConfig("xen-pciback.hide=(00:0b.0)"), "/etc/grub.d/20_linux_xen": readsSettings,
			},
			want: []shown{{"/boot/grub/grub.cfg:4", "00:0b.0", []string{
				"no setting in /etc/default/grub and /etc/default/grub.d/a.cfg explains 0000:00:0b.0 ... as far as they are understood ... /etc/default/grub:2 ... . /etc/grub-more may set anything ... if it does not come from there, it is lost",
			}}},
		},
		{
			name: "settings of another shell",
			files: tree{
				defaultsFile:          "GRUB_CMDLINE_LINUX=quiet\nGRUB_CMDLINE_LINUX+=\" xen-pciback.hide=(00:0b.0)\"\n",
				"/boot/grub/grub.cfg": generatedConfig("quiet xen-pciback.hide=(00:0b.0)"), "/etc/grub.d/20_linux_xen": readsSettings,
			},
			want: []shown{{"/boot/grub/grub.cfg:4", "00:0b.0", []string{
				`no setting in /etc/default/grub explains ... as far as they are understood ... /etc/default/grub:2 ... only bash knows "+="`,
			}}},
			unread: []string{`/etc/default/grub:2: not understood: GRUB_CMDLINE_LINUX: only bash knows "+=", and sh may be another shell`},
		},
		{
			name: "entries of a script of somebody else",
			files: tree{
				"/boot/grub/grub.cfg":   section("/etc/grub.d/40_custom") + xenEntries("xen-pciback.hide=(00:0b.0)"),
				"/etc/grub.d/40_custom": "#!/bin/sh\nexec tail -n +3 $0\n" + xenEntries("xen-pciback.hide=(00:0b.0)"),
			},
			want: []shown{{"/boot/grub/grub.cfg:4", "00:0b.0", []string{"0000:00:0b.0; /etc/grub.d/40_custom wrote it"}}},
		},
		{
			name: "entries of a script of somebody else, edited in grub.cfg",
			files: tree{
				"/boot/grub/grub.cfg":   section("/etc/grub.d/40_custom") + xenEntries("xen-pciback.hide=(00:0b.0)"),
				"/etc/grub.d/40_custom": "#!/bin/sh\nexec tail -n +3 $0\n" + xenEntries("xen-pciback.hide=(00:0a.0)"),
			},
			want: []shown{{"/boot/grub/grub.cfg:4", "00:0b.0", []string{"/etc/grub.d/40_custom does not have it: it is lost"}}},
		},
		{
			name: "entries of a script that does not run any more",
			files: tree{
				"/boot/grub/grub.cfg": section("/etc/grub.d/15_mine") + xenEntries("xen-pciback.hide=(00:0b.0)"),
			},
			want: []shown{{"/boot/grub/grub.cfg:4", "00:0b.0", []string{"grub-mkconfig does not run /etc/grub.d/15_mine any more ... it is lost"}}},
		},
		{
			name: "custom.cfg",
			files: tree{
				"/boot/grub/grub.cfg":   generatedConfig("quiet") + "source ${config_directory}/custom.cfg\n",
				"/boot/grub/custom.cfg": xenEntries("xen-pciback.hide=(00:0b.0)"),
				runningFile:             "xen-pciback.hide=(00:0b.0)\n",
			},
			want: []shown{{runningFile, "00:0b.0", nil}, {"/boot/grub/custom.cfg:3", "00:0b.0", nil}},
		},
		{
			name:  "quotes that GRUB takes away",
			files: tree{defaultsFile: variable + "=\"xen-pciback.hide='(00:09.0)(00:0a.0)'\"\n", "/boot/grub/grub.cfg": generatedConfig("xen-pciback.hide='(00:09.0)(00:0a.0)'")},
			want:  []shown{{"/etc/default/grub:1", "00:09.0 00:0a.0", nil}},
		},
		{
			name:  "backslashes that GRUB takes away",
			files: tree{defaultsFile: variable + "='xen-pciback.hide=\\(00:09.0\\)\\(00:0a.0\\)'\n", "/boot/grub/grub.cfg": generatedConfig("xen-pciback.hide=(00:09.0)(00:0a.0)")},
			want:  []shown{{"/etc/default/grub:1", "00:09.0 00:0a.0", nil}},
		},
		{
			name:  "a blank in quotes that GRUB takes away",
			files: tree{defaultsFile: variable + "=\"xen-pciback.hide='(00:09.0) (00:0a.0)'\"\n"},
			want:  []shown{{"/etc/default/grub:1", "00:09.0 00:0a.0", nil}},
		},
		{
			name:  "what GRUB does not take for an argument",
			files: tree{defaultsFile: variable + "=\"xen-pciback.hide=(00:09.0);(00:0a.0)\"\nGRUB_CMDLINE_LINUX='quiet # xen-pciback.hide=(00:0b.0)'\n"},
			want: []shown{
				{"/etc/default/grub:2", "00:0b.0", []string{"no effect ... GRUB ends the kernel's arguments at \"#\""}},
				{"/etc/default/grub:1", "00:09.0", nil},
				{"/etc/default/grub:1", "00:0a.0", []string{"no effect ... GRUB ends the kernel's arguments at \";\""}},
			},
		},
		{
			name:   "a quote that GRUB misses",
			files:  tree{defaultsFile: variable + "=\"xen-pciback.hide='(00:09.0)\"\n"},
			unread: []string{"/etc/default/grub:1: not understood: a single quote is not closed in what GRUB gets, so grub-mkconfig fails"},
		},
		{
			name:  "misspelt",
			files: tree{defaultsFile: variable + "='quiet xen-pciback,hide=(00:09.0) (00:0a.0)'\n"},
			want: []shown{{"/etc/default/grub:1", "00:09.0 00:0a.0", []string{
				"xen-pciback,hide=(00:09.0) (00:0a.0) has no effect ... write xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0)",
			}}},
		},
		{
			name:  "misspelt beside xenpci's own",
			files: tree{defaultsFile: "GRUB_CMDLINE_LINUX_DEFAULT='xen-pciback. hide=(00:0a.0)'\n", brand.GRUBDropIn: dropIn, runningFile: "xen-pciback. hide=(00:0a.0) xen-pciback.hide=(0000:00:0a.0)\n"},
			want: []shown{
				{runningFile, "00:0a.0", []string{"xen-pciback. hide=(00:0a.0) has no effect"}},
				{"/etc/default/grub:1", "00:0a.0", []string{"xen-pciback. hide=(00:0a.0) has no effect"}},
			},
		},
		{
			name:  "IDs in the place of addresses",
			files: tree{defaultsFile: variable + "='xen-pciback.hide=(8086:100e)(1234:5678)'\n"},
			want: []shown{{"/etc/default/grub:1", "", []string{
				"pciback rejects the whole list",
				"8086:100e is vendor:device ... write 0000:00:09.0, 0000:00:0a.0",
				"1234:5678 is vendor:device ... no such device",
			}}},
		},
		{
			name:  "typed by hand at this boot",
			files: tree{runningFile: "xen-pciback.hide=(00:09.0)\n", "/boot/grub/grub.cfg": generatedConfig("quiet")},
			want:  []shown{{runningFile, "00:09.0", []string{"no boot loader entry ... next boot"}}},
		},
		{
			name:   "a malformed grub.cfg",
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
	const foreignKey = " ... no effect ... module xen-pciback ... xen-pciback.hide="
	for _, test := range []source{
		{
			name: "in its time", module: "pciback",
			files: tree{"/boot/grub/grub.conf": menuList, "/boot/grub/menu.lst": "-> grub.conf", "/etc/grub.conf": "-> ../boot/grub/grub.conf"},
			want: []shown{
				{"/boot/grub/menu.lst:4", "00:0b.0", []string{"Xen's line ... dom0's kernel does not get it"}},
				{"/boot/grub/menu.lst:5", "00:09.0 00:0a.0", []string{"a blank ... (00:0a.0) ... not hidden"}},
			},
		},
		{
			name:  "after it",
			files: tree{"/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz pciback.hide=(00:09.0)\n", "/boot/grub/grub.cfg": generatedConfig("")},
			want: []shown{{"/boot/grub/menu.lst:3", "00:09.0", []string{
				"pciback.hide=(00:09.0)" + foreignKey, "no effect ... /boot/grub/grub.cfg",
			}}},
		},
		{
			name: "no shell and no script of GRUB 2 takes the quotes away", module: "pciback",
			files: tree{"/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz pciback.hide='(00:09.0)'\n"},
			want:  []shown{{"/boot/grub/menu.lst:3", "00:09.0", []string{`pciback rejects the whole list ... at "'(00:09.0)`}}},
		},
		{
			name: "misspelt", module: "pciback",
			files: tree{"/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz 'pciback.hide=(00:09.0)' pciback.hide(00:0a.0)\n"},
			want: []shown{{"/boot/grub/menu.lst:3", "00:09.0 00:0a.0", []string{
				"'pciback.hide=(00:09.0)' has no effect ... write pciback.hide=(0000:00:09.0)",
				"pciback.hide(00:0a.0) has no effect ... write pciback.hide=(0000:00:0a.0)",
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
				"/var/lib/xenpci/notes":                     "file /boot/grub/menu.lst edited by hiding\n",
				runningFile:                                 "xen-pciback.hide=(0000:00:0a.0)\n",
			},
			want: []shown{{"/boot/grub/menu.lst:3", "00:09.0", []string{"no effect ... xenpci"}}},
		},
		{
			name: "xenpci has edited something else in it",
			files: tree{
				"/boot/grub/menu.lst":                       "title Xen\nkernel /boot/xen.gz dom0_mem=1G\nmodule /boot/vmlinuz xen-pciback.hide=(00:09.0)\n",
				"/var/lib/xenpci/backup/boot/grub/menu.lst": "title Xen\nkernel /boot/xen.gz\nmodule /boot/vmlinuz\n",
				"/var/lib/xenpci/notes":                     "file /boot/grub/menu.lst edited by console\n",
			},
			want: []shown{{"/boot/grub/menu.lst:3", "00:09.0", nil}},
		},
	} {
		test.run(t)
	}
}
