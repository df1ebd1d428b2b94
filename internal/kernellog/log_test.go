package kernellog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

func address(t testing.TB, name string) pci.Address {
	t.Helper()
	a, ok := pci.ParseName(name)
	if !ok {
		t.Fatal(name)
	}
	return a
}

func TestSpeaker(t *testing.T) {
	for _, test := range []struct {
		text, driver, device string // "" for nobody
	}{
		{"e1000 0000:00:09.0: can't derive routing for PCI INT A", "e1000", "0000:00:09.0"},
		{"e1000 0000:00:0a.0 eth0: (PCI:33MHz:32-bit) 52:54:00:12:34:57", "e1000", "0000:00:0a.0"},
		{"e1000 0000:00:0a.0 enp0s10: renamed from eth0", "e1000", "0000:00:0a.0"},
		{"igb 0000:01:00.0 (unnamed net_device) (uninitialized): PHC added", "igb", "0000:01:00.0"},
		{"pciback 0000:00:09.0: xen_pciback: seizing device", "pciback", "0000:00:09.0"},
		{"pciback 10000:e1:00.0: seizing device", "pciback", "10000:e1:00.0"},
		{"xhci_hcd 0000:00:14.0: xHCI Host Controller", "xhci_hcd", "0000:00:14.0"},
		{"ehci-pci 0000:00:1d.7: EHCI Host Controller", "ehci-pci", "0000:00:1d.7"},
		{"pcieport 0000:00:1c.0: bwctrl: enabled with IRQ 24", "pcieport", "0000:00:1c.0"},
		{"nvme nvme0: pci function 0000:01:00.0", "nvme", "0000:01:00.0"},
		{"i915 0000:00:02.0: vgaarb: deactivate vga console", "i915", "0000:00:02.0"},

		{"pci 0000:00:09.0: [8086:100e] type 00 class 0x020000", "", ""},
		{"pci 0000:00:02.0: vgaarb: setting as boot VGA device", "", ""},
		{"pci_bus 0000:00: root bus resource [io  0x0000-0x0cf7 window]", "", ""},
		{"ACPI: PCI Interrupt 0000:00:09.0: disabled", "", ""},
		{"vgaarb: 0000:00:02.0: bridge control possible", "", ""},
		{"xen: registering gsi 10 triggering 0 polarity 1 for 0000:00:09.0", "", ""},
		{"usb usb1: SerialNumber: 0000:00:14.0", "", ""},
		{"input: HDA Intel as /devices/pci0000:00/0000:00:1b.0/sound/card0/input5", "", ""},
		{"pcieport 0000:00:1c.0:pcie002: service", "", ""},
		{"e1000 0000:00:09.0", "", ""},
		{"e1000 0000:00:09.0 without a colon", "", ""},
		{"e1000 00:09.0: short", "", ""},
		{"e1000 0000:00:09.8: no function", "", ""},
		{"nvme nvme0 pci function 0000:01:00.0", "", ""},
		{strings.Repeat("x", maxDriver+1) + " 0000:00:09.0: long", "", ""},
		{"", "", ""}, {" ", "", ""}, {"e1000", "", ""}, {" 0000:00:09.0: x", "", ""},
	} {
		driver, a, ok := speaker(test.text)
		if ok != (test.driver != "") || ok && (driver != test.driver || a != address(t, test.device)) {
			t.Errorf("%q: %q, %s, %v", test.text, driver, a, ok)
		}
	}
}

// answer is one read of the kernel's buffer.
type answer struct {
	record string
	err    error
}

// buffer answers reads one by one, and then as /dev/kmsg at its end does.
func buffer(answers ...answer) func(p []byte) (int, error) {
	return func(p []byte) (int, error) {
		if len(answers) == 0 {
			return 0, syscall.EAGAIN
		}
		a := answers[0]
		answers = answers[1:]
		return copy(p, a.record), a.err
	}
}

func TestRecords(t *testing.T) {
	const (
		linux   = "5,0,0,-;Linux version 6.1.0-32-amd64\n"
		seized  = "6,1,12704113,-;pciback 0000:00:09.0: xen_pciback: seizing device\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:09.0\n"
		twin    = "6,2,13400001,-,caller=T1;e1000 0000:00:0a.0 eth0: (PCI:33MHz:32-bit)\n SUBSYSTEM=pci\n"
		late    = "6,3,60000000,c;e1000 0000:00:09.0 eth1: Intel(R) PRO/1000\n"
		renamed = "6,4,60000001,-;e1000 0000:00:09.0 enp0s9: renamed from eth1\n"
		again   = "6,5,90000000,-;pciback 0000:00:09.0: xen_pciback: seizing device\n"
	)
	for _, test := range []struct {
		name    string
		answers []answer
		want    []Voice // of 0000:00:09.0
		gap     string
		known   bool
	}{
		{"nobody but pciback", []answer{{linux, nil}, {seized, nil}, {twin, nil}}, []Voice{{"pciback", 12704113}}, "", true},
		{"e1000 in between", []answer{{linux, nil}, {seized, nil}, {twin, nil}, {late, nil}, {renamed, nil}, {again, nil}},
			[]Voice{{"pciback", 12704113}, {"e1000", 60000000}, {"pciback", 90000000}}, "", true},
		{"interrupted", []answer{{linux, nil}, {"", syscall.EINTR}, {seized, nil}}, []Voice{{"pciback", 12704113}}, "", true},
		{"nobody", []answer{{linux, nil}, {strings.Replace(twin, "6,2", "6,1", 1), nil}}, nil, "", false},
		{"the beginning is gone", []answer{{late, nil}}, []Voice{{"e1000", 60000000}}, "the kernel overwrote old lines: 3", false},
		{"overwritten while it was read", []answer{{linux, nil}, {"", syscall.EPIPE}, {late, nil}}, []Voice{{"e1000", 60000000}},
			"the kernel overwrote lines while the log was read", false},
		{"lines are missing", []answer{{linux, nil}, {twin, nil}}, nil, "the kernel overwrote old lines: 1", false},
		{"a program wrote into it", []answer{{linux, nil}, {"14,1,1,-;e1000 0000:00:09.0: said somebody\n", nil}, {strings.Replace(seized, "6,1", "6,2", 1), nil}},
			[]Voice{{"pciback", 12704113}}, "", true},
		{"empty", nil, nil, "the log is empty", false},
		{"what is no record", []answer{{"junk", nil}, {linux, nil}, {"6,x,1,-;a\n", nil}, {"6,1;a\n", nil}, {seized, nil}}, []Voice{{"pciback", 12704113}}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := readRecords(buffer(test.answers...))
			if err != nil {
				t.Fatal(err)
			}
			a := address(t, "0000:00:09.0")
			if diff := cmp.Diff(test.want, l.Drivers(a)); diff != "" {
				t.Error(diff)
			}
			first, known := l.First(a)
			if known != test.known || l.Complete != (test.gap == "") || l.Gap != test.gap {
				t.Errorf("known %v, complete %v, gap %q", known, l.Complete, l.Gap)
			}
			if len(test.want) > 0 && first != test.want[0] {
				t.Errorf("first %v", first)
			}
		})
	}
	if _, err := readRecords(buffer(answer{"", syscall.EIO})); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
}

// TestRecordsAreBounded reads a log without an end.
func TestRecordsAreBounded(t *testing.T) {
	l, err := readRecords(func(p []byte) (int, error) { return copy(p, "6,0,0,-;e1000 0000:00:09.0: again\n"), nil })
	if err != nil || l.Complete {
		t.Errorf("%+v, %v", l, err)
	}
	l = &Log{drivers: map[pci.Address][]Voice{}}
	for i := range 2 * maxVoices {
		l.add(0, []string{"a", "b"}[i%2]+" 0000:00:09.0: x")
	}
	if n := len(l.Drivers(address(t, "0000:00:09.0"))); n != maxVoices {
		t.Errorf("%d voices are kept", n)
	}
}

func TestDmesg(t *testing.T) {
	const (
		linux = "[    0.000000] Linux version 6.1.0-32-amd64\n"
		rest  = "[   12.704113] pciback 0000:00:09.0: xen_pciback: seizing device\n[   60.000000] e1000 0000:00:09.0 eth1: Intel\n"
	)
	both := []Voice{{"pciback", 12704113}, {"e1000", 60000000}}
	long := "[    1.000000] " + strings.Repeat("x", 3*maxRecord) + "[    2.000000] e1000 0000:00:09.0: within\n"
	for _, test := range []struct {
		name, text string
		want       []Voice
		complete   bool
	}{
		{"whole", linux + rest, both, true},
		{"ARM begins otherwise", "[    0.000000] Booting Linux on physical CPU 0x0\n" + linux + rest, both, true},
		{"with callers", strings.ReplaceAll(linux+rest, "] ", "][    T1] "), both, true},
		{"with priorities", "<5>" + linux + "<6>[   12.704113] pciback 0000:00:09.0: x\n", both[:1], true},
		{"decoded", "kern  :notice: " + linux + "kern  :info  : [   12.704113] pciback 0000:00:09.0: x\n", both[:1], true},
		{"programs wrote into it", "<5>" + linux + "<14>[    1.000000] e1000 0000:00:09.0: x\nuser  :info  : [    2.000000] e1000 0000:00:09.0: x\n<6>" + rest, both, true},
		{"printk.time=0", "Linux version 6.1\npciback 0000:00:09.0: x\npciback 0000:00:09.0: y\ne1000 0000:00:09.0 eth1: z\n", []Voice{{"pciback", 0}, {"e1000", 0}}, true},
		{"printk.time=0, without its beginning", "pciback 0000:00:09.0: x\n", nil, false},
		{"without its beginning", rest, both, false},
		{"times of another kind", "[Sun Nov 22 20:00:00 2026] e1000 0000:00:09.0: x\ne1000 0000:00:09.0: x\n", nil, false},
		{"a line that is too long", linux + long + rest, both, true},
		{"no newline at the end", linux + strings.TrimSuffix(rest, "\n"), both, true},
		{"empty", "", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.MkdirAll(filepath.Join(root, "var/log"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, dmesg), []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			l, err := Read(sysfs.New(root))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, l.Drivers(address(t, "0000:00:09.0"))); diff != "" {
				t.Error(diff)
			}
			if l.Complete != test.complete || l.Source != dmesg || (l.Gap == "") != test.complete {
				t.Errorf("complete %v, source %s, gap %q", l.Complete, l.Source, l.Gap)
			}
		})
	}
	if _, err := Read(sysfs.New(t.TempDir())); !sysfs.IsNotExist(err) {
		t.Errorf("no log: %v", err)
	}
}

// TestOlder wants no answer of an earlier boot.
func TestOlder(t *testing.T) {
	root := t.TempDir()
	fsys := sysfs.New(root)
	if err := os.Mkdir(filepath.Join(root, "proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, "log")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !older(file, fsys) {
		t.Error("without /proc/stat it is believed")
	}
	if err := os.WriteFile(filepath.Join(root, "proc/stat"), []byte("cpu  1 2 3\nbtime 1000000000\nprocesses 5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for second, want := range map[int64]bool{999999999: true, 1000000000: false, 1000000100: false} {
		if err := os.Chtimes(name, time.Time{}, time.Unix(second, 0)); err != nil {
			t.Fatal(err)
		}
		if got := older(file, fsys); got != want {
			t.Errorf("written at %d: %v", second, got)
		}
	}
}

// TestReal reads this machine's buffer.
func TestReal(t *testing.T) {
	l, err := Read(sysfs.FS{})
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOENT) {
		return // it is not for everybody, and that is the error
	}
	if err != nil {
		t.Fatal(err)
	}
	if l.Source != kmsg && l.Source != dmesg || l.Complete != (l.Gap == "") {
		t.Errorf("%+v", l)
	}
}

func TestUptime(t *testing.T) {
	for u, want := range map[Uptime]string{0: "0.000000", 12704113: "12.704113", 60000001: "60.000001", 1: "0.000001"} {
		if got := u.String(); got != want {
			t.Errorf("%d: %s, want %s", u, got, want)
		}
	}
}

// FuzzLog wants from any log drivers whose names stand in it.
func FuzzLog(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		logs := make([]*Log, 0, 2)
		l, err := parseDmesg(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, l)
		var answers []answer
		for record := range strings.SplitSeq(text, "\n") {
			if record != "" {
				answers = append(answers, answer{record, nil})
			}
		}
		if l, err = readRecords(buffer(answers...)); err != nil {
			t.Fatal(err)
		}
		for _, l := range append(logs, l) {
			for a, voices := range l.drivers {
				for _, v := range voices {
					if !strings.Contains(text, v.Driver) || !strings.Contains(text, a.String()) || v.Time < 0 || v.Driver == busName {
						t.Errorf("%s: %+v", a, v)
					}
				}
			}
		}
	})
}
