package foreign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScripts(t *testing.T) {
	const unit = "/etc/systemd/system/hide.service"
	for _, test := range []source{
		{
			name:  "rc.local",
			files: tree{"/etc/rc.local": "#!/bin/sh -e\n# xl pci-assignable-add 00:0b.0\nxl pci-assignable-add 00:09.0 || true\nexit 0\n"},
			want:  []shown{{"/etc/rc.local:3", "00:09.0", nil}},
		},
		{
			name:  "a loop",
			files: tree{"/etc/rc.local": "#!/bin/sh\nDEVS=\"00:09.0 00:0a.0\"\nfor d in $DEVS; do\n\txl pci-assignable-add $d\ndone\nfor d in 00:0b.0 ; do echo 0000:$d > /sys/bus/pci/drivers/pciback/new_slot; done\n"},
			want: []shown{
				{"/etc/rc.local:4", "00:09.0 00:0a.0", nil},
				{"/etc/rc.local:6", "00:0b.0", nil},
			},
		},
		{
			name:  "raw writes",
			files: tree{"/etc/rc.local": "#!/bin/sh\nBDF=0000:00:09.0\nmodprobe xen-pciback\necho -n \"$BDF\" > /sys/bus/pci/devices/$BDF/driver/unbind\necho -n \"$BDF\" >/sys/bus/pci/drivers/pciback/new_slot\necho ${BDF} >> /sys/bus/pci/drivers/pciback/bind\nprintf '0000:00:0a.0\\n' | sudo tee /sys/bus/pci/drivers/pciback/new_slot > /dev/null\n"},
			want: []shown{
				{"/etc/rc.local:5", "00:09.0", nil},
				{"/etc/rc.local:7", "00:0a.0", nil},
			},
		},
		{
			name:  "raw writes in a loop",
			files: tree{"/etc/rc.local": "for d in 0000:00:09.0 \\\n  0000:00:0a.0; do\n\techo \"$d\" > /sys/bus/pci/drivers/pciback/new_slot\n\tprintf '%s\\n' \"$d\" > /sys/bus/pci/drivers/pciback/bind\ndone\nX=0000:00:0b.0\nprintf '%s' $X > /sys/bus/pci/drivers/pciback/new_slot\n"},
			want: []shown{
				{"/etc/rc.local:3", "00:09.0 00:0a.0", nil}, {"/etc/rc.local:7", "00:0b.0", nil},
			},
		},
		{
			name:  "after the end of the script",
			files: tree{"/etc/rc.local": "[ -d /sys ] || exit 0\nif [ -x /a ]; then\n\texit 1\nfi\nf() {\n\texit 2\n}; function g {\n\texit 2; }\ncase $1 in\nstop) exit 3 ;;\nesac\n(exit 4)\nfor x in a; do exit; done\nxl pci-assignable-add 00:09.0\nexit 0\nxl pci-assignable-add 00:0a.0\n"},
			want: []shown{
				{"/etc/rc.local:14", "00:09.0", nil}, {"/etc/rc.local:16", "00:0a.0", []string{"no effect ... after exit in line 15"}},
			},
		},
		{
			name:  "a here-document",
			files: tree{"/etc/rc.local": "cat > /etc/motd <<-'EOF' 2>/dev/null\nxl pci-assignable-add 00:0a.0\n\tEOF\nsh <<X\nxl pci-assignable-add 00:09.0\nX\ncat <<<EOF\nxl pci-assignable-add 00:0b.0\n"},
			want: []shown{
				{"/etc/rc.local:5", "00:09.0", nil}, {"/etc/rc.local:8", "00:0b.0", nil},
			},
		},
		{
			name:  "driver_override",
			files: tree{"/etc/rc.local": "echo pciback > /sys/bus/pci/devices/0000:00:09.0/driver_override\necho vfio-pci > /sys/bus/pci/devices/0000:00:0a.0/driver_override\necho e1000 > /sys/bus/pci/devices/0000:00:0a.0/driver_override\n"},
			want: []shown{
				{"/etc/rc.local:1", "00:09.0", nil},
				{"/etc/rc.local:2", "", []string{"reserved for vfio-pci ... KVM"}},
			},
		},
		{
			name:  "libvirt",
			files: tree{"/etc/rc.d/rc.local": "virsh -c xen:/// nodedev-detach pci_0000_00_09_0 && virsh nodedev-dettach --device pci_0000_00_0a_0\nvirsh nodedev-detach pci_0000_00_0b_0 --driver vfio\nvirsh nodedev-reattach pci_0000_00_0b_0\n"},
			want: []shown{
				{"/etc/rc.d/rc.local:1", "00:09.0", nil}, {"/etc/rc.d/rc.local:1", "00:0a.0", nil},
			},
		},
		{
			name:  "what only a shell can evaluate",
			files: tree{"/etc/rc.local": "hide() { xl pci-assignable-add \"$1\"; }\nxl pci-assignable-add $(lspci -D | grep Realtek | cut -d' ' -f1)\nhide 00:09.0\n"},
			want: []shown{
				{"/etc/rc.local:1", "", []string{`"$1" ... only a shell`}},
				{"/etc/rc.local:2", "", []string{`"$(lspci ... only a shell`}},
			},
		},
		{
			name:  "OpenRC's service local",
			files: tree{"/etc/local.d/pci.start": "xl pci-assignable-add -n wan 00:09.0\n", "/etc/local.d/pci.stop": "xl pci-assignable-add 00:0a.0\n"},
			want:  []shown{{"/etc/local.d/pci.start:1", "00:09.0", nil}},
		},
		{
			name:  "init scripts",
			files: tree{"/etc/init.d/hide": "#!/bin/sh\ncase \"$1\" in\nstart)\n\txl pci-assignable-add 00:09.0\n\t;;\nesac\n", "/etc/init.d/xen-pci": "xl pci-assignable-add $DEVICES\n", "/etc/init.d/xenpci": "# Written by xenpci\nxl pci-assignable-add 00:0a.0\n"},
			want:  []shown{{"/etc/init.d/hide:4", "00:09.0", nil}},
		},
		{
			name: "a unit",
			files: tree{unit: "[Service]\nType=oneshot\nExecStartPre=-/sbin/modprobe xen-pciback \\\n  hide=(00:0a.0)\nExecStart=/usr/sbin/xl pci-assignable-add 00:09.0\nExecStart=/bin/sh -c 'echo 0000:00:0b.0 > /sys/bus/pci/drivers/pciback/new_slot'\n",
				"/etc/systemd/system/loop.service":       "[Service]\nExecStart=/bin/sh -c 'for i in 00:09.0 00:0a.0; do xl pci-assignable-add $$i; done'\n",
				"/etc/systemd/system/x.service.d/y.conf": "[Service]\nExecStartPre=xl pci-assignable-add 00:0b.1\n", "/etc/systemd/system/masked.service": "-> /dev/null"},
			want: []shown{
				{unit + ":3", "00:0a.0", nil}, {unit + ":5", "00:09.0", nil}, {unit + ":6", "00:0b.0", nil},
				{"/etc/systemd/system/loop.service:2", "00:09.0 00:0a.0", nil},
				{"/etc/systemd/system/x.service.d/y.conf:2", "00:0b.1", nil},
			},
		},
		{
			name:  "a script that a unit runs",
			files: tree{unit: "[Service]\nExecStart=/usr/local/sbin/hide now\n", "/usr/local/sbin/hide": "#!/bin/bash\nxl pci-assignable-add 00:09.0\n"},
			want:  []shown{{"/usr/local/sbin/hide:2", "00:09.0", nil}},
		},
		{
			name: "a rule of udev",
			files: tree{"/etc/udev/rules.d/10-x.rules": "# pciback\nACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"0000:00:0a.0\", RUN+=\"/usr/sbin/xl pci-assignable-add %k\"\nKERNEL==\"0000:00:09.0\", ATTR{driver_override}=\"xen-pciback\"\n" +
				"ATTR{vendor}==\"0x8086\", ATTR{driver_override}=\"pciback\"\nKERNEL==\"0000:03:*\", ATTR{driver_override}=\"pciback\"\n"},
			want: []shown{
				{"/etc/udev/rules.d/10-x.rules:2", "00:0a.0", nil},
				{"/etc/udev/rules.d/10-x.rules:3", "00:09.0", []string{"no driver is called xen-pciback"}},
				{"/etc/udev/rules.d/10-x.rules:4", "", []string{"names no address ... look there yourself"}},
				{"/etc/udev/rules.d/10-x.rules:5", "", []string{"names no address ... look there yourself"}},
			},
		},
		{
			name:  "a table of cron",
			files: tree{"/etc/cron.d/pci": "@reboot root /usr/sbin/xl pci-assignable-add 00:09.0\n"},
			want:  []shown{{"/etc/cron.d/pci:1", "00:09.0", nil}},
		},
		{
			name:  "driverctl, for this boot alone",
			files: tree{"/etc/rc.local": "driverctl --nosave set-override 0000:00:09.0 pciback\n"},
			want:  []shown{{"/etc/rc.local:1", "00:09.0", []string{"driverctl cannot load"}}},
		},
		{
			name:  "scripts about something else",
			files: tree{"/etc/rc.local": "xl pci-assignable-list\nxl pci-assignable-remove 00:09.0\necho 1 > /proc/sys/net/ipv4/ip_forward\nmodprobe xen-pciback\ncat > /tmp/x 2>&1\n", "/etc/init.d/binary": "\x00pciback"},
		},
	} {
		test.run(t)
	}
}

// TestNotExecutable has a script that is not run.
func TestNotExecutable(t *testing.T) {
	m := machine(t, tree{"/etc/rc.local": "xl pci-assignable-add 00:09.0\n"})
	if err := os.Chmod(filepath.Join(m.FS.Root(), "etc/rc.local"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []shown{{"/etc/rc.local:1", "00:09.0", []string{"no effect ... not executable"}}}
	s := Read(m)
	if diff := cmp.Diff(want, abridged(show(s), want)); diff != "" || s.HasEffect(address(t, "0000:00:09.0")) {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestName(t *testing.T) {
	s := Read(machine(t, tree{"/etc/rc.local": "xl pci-assignable-add -n wan 00:09.0\nxl pci-assignable-add -n $x 00:0a.0\n"}))
	if wan, other := s.Name(address(t, "0000:00:09.0")), s.Name(address(t, "0000:00:0a.0")); wan != "wan" || other != "" {
		t.Errorf("%q, %q", wan, other)
	}
}

func TestPermissiveDevice(t *testing.T) {
	s := Read(machine(t, tree{"/etc/rc.local": "echo 0000:00:09.0 > /sys/bus/pci/drivers/pciback/permissive\n"}))
	if !s.IsPermissive(address(t, "0000:00:09.0")) || s.IsPermissive(address(t, "0000:00:0a.0")) {
		t.Errorf("%v", show(s))
	}
}

func TestStubs(t *testing.T) {
	for _, test := range []source{
		{
			name:  "on the command line",
			files: tree{runningFile: "vfio-pci.ids=8086:100e,10b7:9055 pci-stub.ids=1234:5678"},
			want: []shown{
				{runningFile, "", []string{"reserves 0000:00:09.0 (on e1000 now), 0000:00:0a.0 (on no driver now) for vfio-pci ... KVM ... xenpci hide --boot"}},
				{runningFile, "", []string{"for pci-stub ... no device of this machine"}},
			},
		},
		{
			name:  "in GRUB's settings",
			files: tree{"/etc/default/grub": "GRUB_CMDLINE_LINUX=\"pci_stub.ids=8086:100e\"\n"},
			want:  []shown{{"/etc/default/grub:1", "", []string{"reserves 0000:00:09.0 ... for pci-stub", "recovery entries"}}},
		},
		{
			name:  "in modprobe's options",
			files: tree{"/etc/modprobe.d/vfio.conf": "options vfio-pci ids=8086:100e disable_vga=1\n"},
			want:  []shown{{"/etc/modprobe.d/vfio.conf:1", "", []string{"reserves 0000:00:09.0 ... for vfio-pci"}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := machine(t, test.files)
			for i := range m.Devices[:2] {
				m.Devices[i].Vendor, m.Devices[i].Device = 0x8086, 0x100e
			}
			got := Read(m)
			if diff := cmp.Diff(test.want, abridged(show(got), test.want)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestXenEFI(t *testing.T) {
	const config = "[global]\ndefault=xen\n[xen]\noptions=loglvl=all\nkernel=vmlinuz-6.1.0 root=/dev/sda1 xen-pciback.hide=(00:09.0)\n"
	for _, test := range []source{
		{
			name:  "beside xen.efi",
			files: tree{"/boot/efi/EFI/xen/xen.efi": "", "/boot/efi/EFI/xen/xen.cfg": config},
			want:  []shown{{"/boot/efi/EFI/xen/xen.cfg:5", "00:09.0", nil}},
		},
		{
			name:  "on the partition itself",
			files: tree{"/boot/efi/xen-4.17.efi": "", "/boot/efi/xen-4.cfg": config},
			want:  []shown{{"/boot/efi/xen-4.cfg:5", "00:09.0", nil}},
		},
		{
			name:  "another one is found first",
			files: tree{"/boot/efi/EFI/xen/xen-4.17.efi": "", "/boot/efi/EFI/xen/xen-4.17.cfg": "[xen]\nkernel=v\n", "/boot/efi/EFI/xen/xen.cfg": config},
			want:  []shown{{"/boot/efi/EFI/xen/xen.cfg:5", "00:09.0", []string{"only if the boot entry names this file"}}},
		},
		{
			name:  "without a program",
			files: tree{"/boot/efi/EFI/xen/xen.cfg": config, "/boot/efi/EFI/xen/grub.cfg": ""},
			want:  []shown{{"/boot/efi/EFI/xen/xen.cfg:5", "00:09.0", []string{"there is none beside it"}}},
		},
		{
			name:  "beside GRUB",
			files: tree{"/boot/efi/EFI/xen/xen.efi": "", "/boot/efi/EFI/xen/xen.cfg": config, "/boot/grub/grub.cfg": entry("6.1.0", "")},
			want:  []shown{{"/boot/efi/EFI/xen/xen.cfg:5", "00:09.0", []string{"only if the firmware starts xen.efi; /boot/grub/grub.cfg starts Xen too"}}},
		},
		{
			name:  "its kernel decides",
			files: joinedTrees(withPciback("6.1.0"), tree{"/boot/efi/EFI/xen/xen.efi": "", "/boot/efi/EFI/xen/xen.cfg": config}),
			want:  []shown{{"/boot/efi/EFI/xen/xen.cfg:5", "00:09.0", []string{"a module in the kernel 6.1.0 ... nothing"}}},
		},
	} {
		test.run(t)
	}
}

func TestShell(t *testing.T) {
	type simple struct {
		Line        int
		Words, Into []string
	}
	for _, test := range []struct {
		name, text string
		want       []simple
	}{
		{"quotes", `a "b c" 'd $e' f\ g "h\"i"`, []simple{{1, []string{"a", "b c", "d $e", "f g", `h\"i`}, nil}}},
		{"separators", "a; b && c || d | e & f\ng", []simple{{1, []string{"a"}, nil}, {1, []string{"b"}, nil}, {1, []string{"c"}, nil}, {1, []string{"d"}, nil}, {1, []string{"e"}, nil}, {1, []string{"f"}, nil}, {2, []string{"g"}, nil}}},
		{"redirections", "a >b 2>&1 >>c; d 2>/dev/null", []simple{{1, []string{"a"}, []string{"b", "&1", "c"}}, {1, []string{"d"}, []string{"/dev/null"}}}},
		{"continued lines", "a \\\n b\nc", []simple{{1, []string{"a", "b"}, nil}, {3, []string{"c"}, nil}}},
		{"variables", "X=1 Y='2 3'\na $X ${Y}x $Z", []simple{{2, []string{"a", "1", "2x", "3x", "$Z"}, nil}}},
		{"a value that is not known", "X=$(b)\na $X", []simple{{2, []string{"a", "$X"}, nil}}},
		{"comments", "a # b\n# c\nd#e", []simple{{1, []string{"a"}, nil}, {3, []string{"d#e"}, nil}}},
		{"an open quote", `a "b`, []simple{{1, []string{"a", "b"}, nil}}},
		{"nothing", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []simple
			for _, c := range parseShell(test.text, 1) {
				got = append(got, simple{c.line, c.words, c.into})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestShellIsBounded has values that double at every line, and a word with many of them.
func TestShellIsBounded(t *testing.T) {
	commands := parseShell("X=1\n"+strings.Repeat("X=$X$X\n", 100)+"b $X\na=\"1 2\"\nb "+strings.Repeat("$a", 100), 1)
	if len(commands) != 2 || len(commands[1].words) > 1+maxValues {
		t.Fatalf("%d commands", len(commands))
	}
	if diff := cmp.Diff([]string{"b", "$X"}, commands[0].words); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// FuzzShell wants commands of bounded size with lines that the script has.
func FuzzShell(f *testing.F) {
	for _, seed := range []string{"for a in b c; do d $a${a} > $a; done", "a=$a; b $a", "x 'y", "a | tee b | tee c", ">", "a >", "\\", "${"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := 1
		for _, c := range text {
			if c == '\n' {
				lines++
			}
		}
		commands := parseShell(text, 1)
		if len(commands) > maxCommands {
			t.Fatal(len(commands))
		}
		for _, c := range commands {
			if c.line < 1 || c.line > lines || len(c.words) == 0 {
				t.Errorf("%+v of %d lines", c, lines)
			}
		}
	})
}
