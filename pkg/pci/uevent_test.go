package pci

import (
	"strings"
	"testing"
)

func TestParseModalias(t *testing.T) {
	const text = "pci:v000010B7d00009055sv00001028sd00000080bc02sc00i01"
	got, ok := parseModalias(text)
	want := identity{
		vendor: 0x10b7, device: 0x9055, subVendor: 0x1028, subDevice: 0x80, class: 0x020001, modalias: text,
	}
	if !ok || got != want {
		t.Errorf("parseModalias(%q) = %+v, %v; want %+v", text, got, ok, want)
	}
	for _, bad := range []string{
		"", "pci:", text[:len(text)-1], text + "0", strings.Replace(text, "v0000", "v0001", 1),
		strings.Replace(text, "pci:", "usb:", 1), strings.Replace(text, "10B7", "10G7", 1),
	} {
		if got, ok := parseModalias(bad); ok {
			t.Errorf("parseModalias(%q) = %+v; want none", bad, got)
		}
	}
}

func TestParseUevent(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       identity
		ok         bool
	}{
		{"as the kernel writes it",
			"DRIVER=e1000\nPCI_CLASS=20000\nPCI_ID=8086:100E\nPCI_SUBSYS_ID=1AF4:1100\nPCI_SLOT_NAME=0000:00:03.0\nMODALIAS=pci:v1\n",
			identity{vendor: 0x8086, device: 0x100e, subVendor: 0x1af4, subDevice: 0x1100, class: 0x020000, modalias: "pci:v1"}, true},
		{"a value with an equals sign and a line without", "PCI_CLASS=60000\nOF_NAME=a=b\nnoise\nPCI_ID=8086:1237",
			identity{vendor: 0x8086, device: 0x1237, class: 0x060000}, true},
		{"no class", "PCI_ID=8086:1237\n", identity{vendor: 0x8086, device: 0x1237}, false},
		{"a broken id", "PCI_CLASS=60000\nPCI_ID=8086\n", identity{class: 0x060000}, false},
		{"empty", "", identity{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := parseUevent(test.text); ok != test.ok || got != test.want {
				t.Errorf("got %+v, %v; want %+v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

// What is read out of an alias is all that is in it.
func FuzzModalias(f *testing.F) {
	f.Add("pci:v000010B7d00009055sv00001028sd00000080bc02sc00i01")
	f.Add("pci:v0000FFFFd0000FFFFsv00000000sd00000000bcFFscFFiFF")
	f.Add("pci:v*d*sv*sd*bc02sc00i*")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := parseModalias(text)
		if ok && !strings.EqualFold(id.String(), text) {
			t.Fatalf("%q became %q", text, id)
		}
	})
}

func FuzzUevent(f *testing.F) {
	f.Add("DRIVER=e1000\nPCI_CLASS=20000\nPCI_ID=8086:100E\nPCI_SUBSYS_ID=1AF4:1100\nMODALIAS=pci:v1\n")
	f.Add("PCI_CLASS=60000\nPCI_ID=8086:1237")
	f.Add("=\n==\nPCI_ID\n")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := parseUevent(text)
		if !ok {
			return
		}
		// The same identity, written as the kernel does, reads as the same.
		again, ok := parseModalias(id.String())
		again.modalias = id.modalias
		if !ok || again != id {
			t.Fatalf("%+v became %+v", id, again)
		}
	})
}
