package pciback_test

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestLibxlNodes(t *testing.T) {
	vmd := pci.Address{Domain: 0x10000, Bus: 0xe1, Slot: 0x1f, Function: 7}
	for _, test := range []struct{ name, got, want string }{
		{"node", pciback.LibxlNode(nine), "/libxl/pci/0000-00-09-0"},
		{"node of domain 10000", pciback.LibxlNode(vmd), "/libxl/pci/10000-e1-1f-7"},
		{"driver", pciback.LibxlDriverNode(nine), "/libxl/pci/0000-00-09-0/driver_path"},
		{"name", pciback.LibxlNameNode(nine), "/libxl/pci/0000-00-09-0/name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("%s, want %s", test.got, test.want)
			}
		})
	}
}

// TestParseLibxlDriver reads what anybody with access to xenstore may have written:
// the answer becomes a part of a path.
func TestParseLibxlDriver(t *testing.T) {
	for _, test := range []struct{ name, path, want string }{
		{"as libxl writes it", "/sys/bus/pci/drivers/3c59x", "3c59x"},
		{"with a dash", "/sys/bus/pci/drivers/snd_hda-intel", "snd_hda-intel"},
		{"empty", "", ""},
		{"a name alone", "3c59x", ""},
		{"another bus", "/sys/bus/usb/drivers/usb", ""},
		{"no name", "/sys/bus/pci/drivers/", ""},
		{"below a driver", "/sys/bus/pci/drivers/3c59x/unbind", ""},
		{"a way out", "/sys/bus/pci/drivers/../../../etc/passwd", ""},
		{"the directory above", "/sys/bus/pci/drivers/..", ""},
		{"the directory itself", "/sys/bus/pci/drivers/.", ""},
		{"pciback itself", "/sys/bus/pci/drivers/pciback", ""},
		{"any driver", "/sys/bus/pci/drivers/*", ""},
		{"a newline", "/sys/bus/pci/drivers/3c59x\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := pciback.ParseLibxlDriver(test.path); got != test.want {
				t.Errorf("ParseLibxlDriver(%q) = %q, want %q", test.path, got, test.want)
			}
		})
	}
}

// TestLibxlDriver wants what is noted to be understood when it is read.
func TestLibxlDriver(t *testing.T) {
	if got := pciback.ParseLibxlDriver(pciback.LibxlDriver("3c59x")); got != "3c59x" {
		t.Errorf("%q", got)
	}
}
