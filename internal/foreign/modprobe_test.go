package foreign

import (
	"testing"

	"github.com/xenpci/xenpci/internal/brand"
)

func TestModprobe(t *testing.T) {
	const own = brand.Mark + ".\nsoftdep e1000 pre: xen-pciback\noptions xen-pciback hide=(0000:00:0a.0)\n"
	const conf = "/etc/modprobe.d/xen.conf"
	for _, test := range []source{
		{
			name:  "as it should be",
			files: tree{conf: "# Xen\nsoftdep e1000 pre: xen-pciback\noptions xen-pciback permissive=1 hide=(00:09.0)\n"},
			want:  []shown{{conf + ":3", "00:09.0", nil}, {conf + ":2", "", nil}},
		},
		{
			name:  "torn by a blank, with other parameters",
			files: tree{conf: "options xen-pciback hide=(00:09.0) (00:0a.0) permissive=1\n"},
			want:  []shown{{conf + ":1", "00:09.0 00:0a.0", []string{"a blank ... (00:0a.0) ... not hidden"}}},
		},
		{
			name:  "in single quotes",
			files: tree{conf: "options xen-pciback hide='(00:09.0)(00:0a.0)'\n"},
			want: []shown{{conf + ":1", "00:09.0 00:0a.0", []string{
				`the whole list ... hides nothing ... at "'(00:09.0)", ` + noGroup,
			}}},
		},
		{
			name:  "misspelt",
			files: tree{conf: "options xen-pciback hide(00:09.0)\noptions xen-pciback,hide=(00:0a.0)\noptions xen-pciback permissive=1\noptions e1000 hide=(00:0b.0)\n"},
			want: []shown{
				{conf + ":1", "00:09.0", []string{"hide(00:09.0) has no effect ... write hide=(0000:00:09.0)"}},
				{conf + ":2", "00:0a.0", []string{"xen-pciback,hide=(00:0a.0) has no effect ... write options xen-pciback hide=(0000:00:0a.0)"}},
			},
		},
		{
			name:  "two lines",
			files: tree{conf: "options xen-pciback hide=(00:09.0)\noptions xen_pciback hide=(00:0a.0)\n"},
			want: []shown{
				{conf + ":1", "00:09.0", []string{"no effect ... " + conf + ":2 comes later"}},
				{conf + ":2", "00:0a.0", nil},
			},
		},
		{
			name:  "beside xenpci's own",
			files: tree{"/etc/modprobe.d/a.conf": "options xen-pciback hide=(00:09.0)\n", "/etc/modprobe.d/xenpci.conf": own},
			want: []shown{{"/etc/modprobe.d/a.conf:1", "00:09.0", []string{
				"no effect ... /etc/modprobe.d/xenpci.conf:3 comes later",
			}}},
		},
		{
			name:  "beside the running command line",
			files: tree{runningFile: "xen-pciback.hide=(00:0a.0)\n", conf: "options xen-pciback hide=(00:09.0)\n"},
			want: []shown{
				{runningFile, "00:0a.0", nil},
				{conf + ":1", "00:09.0", []string{"no effect ... xen-pciback.hide= ... command line"}},
			},
		},
		{
			name:  "under the old name",
			files: tree{conf: "options pciback hide=(00:09.0)\nsoftdep e1000 pre: pciback\n"},
			want: []shown{
				{conf + ":1", "00:09.0", []string{"no effect ... no module pciback ... xen-pciback"}},
				{conf + ":2", "", []string{"nothing before e1000 ... no module pciback ... xen-pciback"}},
			},
		},
		{
			name:  "under the old name, with an alias",
			files: tree{conf: "alias pciback xen-pciback\noptions pciback hide=(00:09.0)\nsoftdep e1000 pre: pciback\n"},
			want: []shown{
				{conf + ":2", "00:09.0", []string{"only for 'modprobe pciback' ... " + conf + ":1 ... not when xen-pciback is loaded"}},
				{conf + ":1", "", nil},
				{conf + ":3", "", nil},
			},
		},
		{
			name: "the classic lines, in their time", module: "pciback",
			files: tree{
				"/sbin/modprobe":          "a program of its own",
				"/etc/modprobe.d/pciback": "options pciback hide=(00:0a.0)\n",
				"/etc/modprobe.conf":      "options pciback hide=(00:09.0)\ninstall e1000 /sbin/modprobe pciback ; /sbin/modprobe --first-time --ignore-install e1000 ;\n",
			},
			want: []shown{
				{"/etc/modprobe.conf:1", "00:09.0", nil},
				{"/etc/modprobe.d/pciback:1", "00:0a.0", []string{"only an old modprobe ... *.conf"}},
				{"/etc/modprobe.conf:2", "", nil},
			},
		},
		{
			name: "the classic lines, which kmod does not read",
			files: tree{
				"/etc/modprobe.conf":     "options xen-pciback hide=(00:09.0)\ninstall e1000 /sbin/modprobe xen-pciback ; /sbin/modprobe --first-time --ignore-install e1000 ;\n",
				"/etc/modprobe.d/xen":    "options xen-pciback \\\n hide=(00:0a.0)\n",
				"/etc/modprobe.d/xen.sv": "options xen-pciback hide=(00:0b.0)\n",
			},
			want: []shown{
				{"/etc/modprobe.conf:1", "00:09.0", []string{"no effect ... does not read /etc/modprobe.conf"}},
				{"/etc/modprobe.d/xen:1", "00:0a.0", []string{"no effect ... *.conf"}},
				{"/etc/modprobe.conf:2", "", []string{"no effect ... does not read /etc/modprobe.conf"}},
			},
		},
		{
			name:  "pciback in the place of a driver",
			files: tree{conf: "install 3c59x /sbin/modprobe xen-pciback ;\n"},
			want: []shown{{conf + ":1", "00:0b.0 00:0b.1", []string{
				"3c59x is never loaded ... no driver ... no hide=",
			}}},
		},
		{
			name:  "pciback in the place of a driver, with a list",
			files: tree{conf: "install e1000 /sbin/modprobe xen-pciback ;\noptions xen-pciback hide=(00:0a.0)\n"},
			want: []shown{
				{conf + ":2", "00:0a.0", nil},
				{conf + ":1", "", []string{"e1000 is never loaded ... other devices ... no driver"}},
			},
		},
		{
			name:  "pciback in the place of a driver that nothing wants",
			files: tree{conf: "install ne2k-pci /sbin/modprobe xen-pciback ;\n"},
			want:  []shown{{conf + ":1", "", []string{"no device ... ne2k_pci"}}},
		},
		{
			name:  "an install line that a softdep switches off",
			files: tree{conf: "install e1000 /sbin/modprobe pciback ; /sbin/modprobe --ignore-install e1000\ninstall e1000 /sbin/modprobe xen-pciback\nsoftdep e1000 post: mii\n"},
			want: []shown{
				{conf + ":1", "", []string{
					"nothing before e1000 ... no module pciback ... xen-pciback",
					"no effect ... " + conf + ":3 ... softdep for e1000",
				}},
				{conf + ":2", "00:09.0 00:0a.0", []string{
					"no effect ... several install lines for e1000 ... " + conf + ":1",
					"no effect ... " + conf + ":3 ... softdep for e1000",
				}},
			},
		},
		{
			name:   "a file that cannot be read",
			files:  tree{"/etc/modprobe.d/gone.conf": "-> /nowhere"},
			unread: []string{"open /etc/modprobe.d/gone.conf: no such file or directory"},
		},
	} {
		test.run(t)
	}
}

func TestModules(t *testing.T) {
	for _, test := range []source{
		{
			name:  "Alpine's",
			files: tree{"/etc/modules": "# first\nloop\n\nxen_pciback\thide=(00:09.0)(00:0a.0) permissive=1\n", "/sbin/openrc": ""},
			want:  []shown{{"/etc/modules:4", "00:09.0 00:0a.0", nil}},
		},
		{
			name:  "for systemd",
			files: tree{"/etc/modules": "xen-pciback hide=(00:09.0)\n", "/run/systemd/system/x": "", "/proc/1/comm": "systemd\n"},
			want:  []shown{{"/etc/modules:1", "00:09.0", []string{"systemd ... loads nothing"}}},
		},
		{
			name:  "under the old name",
			files: tree{"/etc/modules": "pciback hide=(00:09.0)"},
			want:  []shown{{"/etc/modules:1", "00:09.0", []string{"no effect ... no module pciback ... xen-pciback"}}},
		},
	} {
		test.run(t)
	}
}
