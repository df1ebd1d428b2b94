package foreign

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
)

func TestDriverctl(t *testing.T) {
	const cannotLoad = "driverctl cannot load pciback ... xen-pciback"
	for _, test := range []source{
		{
			name: "of every kind",
			files: tree{
				"/etc/driverctl.d/pci-0000:00:09.0":  "pciback\n",
				"/etc/driverctl.d/pci-0000:00:0a.0":  "xen-pciback",
				"/etc/driverctl.d/pci-0000:00:0b.0":  "vfio-pci\n",
				"/etc/driverctl.d/pci-0000:00:0b.1":  "none\n",
				"/etc/driverctl.d/pci-0000:05:00.0":  "",
				"/etc/driverctl.d/vmbus-12345":       "pciback\n",
				"/etc/driverctl.d/pci-0000:00:09.0~": "pciback\n",
				"/etc/driverctl.d/0000:04:01.0":      "pciback\n",
			},
			want: []shown{
				{"/etc/driverctl.d/pci-0000:00:09.0", "00:09.0", []string{cannotLoad}},
				{"/etc/driverctl.d/pci-0000:00:0a.0", "00:0a.0", []string{"no driver is called xen-pciback ... pciback"}},
				{"/etc/driverctl.d/pci-0000:00:0b.0", "", []string{"0000:00:0b.0 ... vfio-pci ... KVM"}},
			},
		},
		{
			name:  "with an alias for the module",
			files: tree{"/etc/driverctl.d/pci-0000:00:09.0": "pciback\n", "/etc/modprobe.d/a.conf": "alias pciback xen-pciback\n"},
			want:  []shown{{"/etc/modprobe.d/a.conf:1", "", nil}, {"/etc/driverctl.d/pci-0000:00:09.0", "00:09.0", nil}},
		},
	} {
		test.run(t)
	}
}

func TestXenPCI(t *testing.T) {
	for _, test := range []source{
		{
			name:  "started",
			files: tree{xenPCIFile: "# devices\nDEVICES=\"0000:00:09.0 00:0a.0\"\n", "/etc/runlevels/default/xen-pci": "-> /etc/init.d/xen-pci"},
			want:  []shown{{xenPCIFile + ":2", "00:09.0 00:0a.0", nil}},
		},
		{
			name:  "not started, and mistyped",
			files: tree{xenPCIFile: "DEVICES='00:09.0'\nDEVICES=\"$DEVICES 00:0a:0\"", "/etc/runlevels/default/sshd": "-> /etc/init.d/sshd"},
			want: []shown{{xenPCIFile + ":2", "00:09.0", []string{
				`"00:0a:0": not a PCI address: no dot and function at its end (bus:slot.function) (did you mean 00:0a.0?)`,
				"no effect ... xen-pci is in no runlevel",
			}}},
		},
		{
			name:   "only a shell could tell",
			files:  tree{xenPCIFile: "DEVICES=`lspci | cut -d' ' -f1`\n"},
			unread: []string{xenPCIFile + ":1: not understood: DEVICES: `lspci | cut -d' ' -f1` needs a shell"},
		},
	} {
		test.run(t)
	}
}

// FuzzDriverctl checks that any name and content give a device only if driverctl would use
// that file name for it.
func FuzzDriverctl(f *testing.F) {
	r := &reader{Machine: machine(f, tree{})}
	r.readModprobeConfig()
	f.Fuzz(func(t *testing.T, name, content string) {
		a, ok := driverctlName(name)
		if !ok {
			return
		}
		if !a.Valid() || !strings.HasSuffix(name, strings.TrimPrefix(a.String(), "0000")) {
			t.Errorf("%q is %s", name, a)
		}
		s, ok := r.override(Where{File: name}, a, strings.TrimSpace(content))
		if ok && len(s.Devices) == 0 && len(s.Problems) == 0 {
			t.Errorf("%q says nothing", content)
		}
		if len(s.Devices) > 0 && !strings.Contains(content, "pciback") {
			t.Errorf("%q gives %s to pciback", content, s.Devices)
		}
	})
}

// FuzzXenPCI checks that any file gives only devices in its text, and no panic.
func FuzzXenPCI(f *testing.F) {
	r := &reader{Machine: machine(f, tree{})}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, ok, err := r.xenPCI(grub.ParseDefaults(xenPCIFile, text))
		if err != nil && ok {
			t.Errorf("%q is read, and not: %v", text, err)
		}
		for _, a := range s.Devices {
			if !a.Valid() {
				t.Errorf("%q: %s", text, a)
			}
		}
		if ok && (s.Line < 1 || s.Line > 1+strings.Count(string(text), "\n")) {
			t.Errorf("%q: line %d", text, s.Line)
		}
	})
}
