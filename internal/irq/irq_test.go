package irq

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// config returns a configuration space with that pin and a list of capabilities.
func config(interruptPin byte, ids ...byte) string {
	b := make([]byte, configSize)
	b[pin] = interruptPin
	last := byte(capabilities)
	for i, id := range ids {
		b[status] |= hasCapabilities
		at := byte(firstCapability + 8*i)
		b[last], b[at], last = at, id, at+1
	}
	return string(b)
}

func TestRead(t *testing.T) {
	loop := []byte(config(1, 0x01))
	loop[firstCapability+1] = firstCapability
	const folder = "/sys/bus/pci/devices/0000:00:09.0"
	tests := []struct {
		name   string
		files  map[string]string
		want   Function
		legacy bool
	}{
		{"a pin alone", map[string]string{"config": config(1), "irq": "21\n"}, Function{Pin: true, Line: 21}, true},
		{"power management beside it", map[string]string{"config": config(1, 0x01), "irq": "21\n"}, Function{Pin: true, Line: 21}, true},
		{"MSI", map[string]string{"config": config(1, 0x01, idMSI), "irq": "21\n"}, Function{Pin: true, Messages: true, Line: 21}, false},
		{"MSI-X in use", map[string]string{"config": config(1, idMSIX), "irq": "40\n", "msi_irqs/40": "msix\n"},
			Function{Pin: true, Messages: true, Sends: true, Line: 40}, false},
		{"no pin", map[string]string{"config": config(0), "irq": "0\n"}, Function{}, false},
		{"it does not answer", map[string]string{"config": "\xff" + config(0xff)[1:], "irq": "0\n"}, Function{}, false},
		{"without privileges", map[string]string{"config": config(2, idMSI)[:64], "irq": "17\n"}, Function{Pin: true, Messages: true, Line: 17}, false},
		{"without privileges, and it has no capabilities", map[string]string{"config": config(2)[:64], "irq": "17\n"}, Function{Pin: true, Line: 17}, true},
		{"capabilities in a loop", map[string]string{"config": string(loop), "irq": "5\n"}, Function{Pin: true, Line: 5}, true},
	}
	for _, test := range tests {
		files := map[string]string{}
		for name, content := range test.files {
			files[filepath.Join(folder, name)] = content
		}
		got, err := Read(tree(t, files), pci.Address{Slot: 9})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" || got.Legacy() != test.legacy {
			t.Errorf("%s: legacy %v: %s", test.name, got.Legacy(), diff)
		}
	}
	if _, err := Read(sysfs.New(t.TempDir()), pci.Address{}); !sysfs.IsNotExist(err) {
		t.Errorf("no such device: %v", err)
	}
}

func TestReadLine(t *testing.T) {
	tests := []struct {
		name   string
		number int
		files  map[string]string
		want   Line
	}{
		{"the first I/O APIC", 21, map[string]string{"actions": "eth0\n", "per_cpu_count": "0,5,2\n", "hwirq": "21\n", "chip_name": "IO-APIC\n"},
			Line{Requested: true, Count: 7, GSI: 21, Known: true}},
		{"nobody has requested it", 21, map[string]string{"actions": "\n", "per_cpu_count": "0,0\n", "hwirq": "21\n", "chip_name": "IR-IO-APIC\n"},
			Line{GSI: 21, Known: true}},
		{"another I/O APIC", 60, map[string]string{"actions": "a,b\n", "per_cpu_count": "1\n", "hwirq": "3\n", "chip_name": "IO-APIC\n"},
			Line{Requested: true, Count: 1}},
		{"an event channel", 33, map[string]string{"actions": "", "per_cpu_count": "4\n", "hwirq": "33\n", "chip_name": "xen-dyn\n"}, Line{Count: 4}},
		{"none", 0, map[string]string{"actions": "timer\n", "hwirq": "0\n", "chip_name": "IO-APIC\n"}, Line{}},
		{"an older kernel", 21, nil, Line{}},
	}
	for _, test := range tests {
		files := map[string]string{}
		for name, content := range test.files {
			files[filepath.Join("/sys/kernel/irq", strconv.Itoa(test.number), name)] = content
		}
		if diff := cmp.Diff(test.want, ReadLine(tree(t, files), test.number)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// tree returns a root with those files.
func tree(t *testing.T, files map[string]string) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return sysfs.New(root)
}
