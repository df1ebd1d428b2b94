package pci

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const idsText = `#
#	List of PCI ID's
#

10b7  3Com Corporation
	9055  3c905B 100BaseTX [Cyclone]` + " " + `
		1028 0080  3C905B Fast Etherlink XL 10/100
	9056  3c905B-T4
8086  Intel Corporation
	1521  I350 Gigabit Network Connection
		8086 0001  Ethernet Server Adapter I350-T4
1028  Dell
S 1028
	00aa  Any Dell card
Q 00 something that is to come
	zz not even hexadecimal

C 02  Network controller
	00  Ethernet controller
	80  Network controller
C 0C  Serial bus controller
	03  USB controller
		30  XHCI
`

// needed are devices whose names idsText has, and one whose names it lacks.
var needed = []Device{
	{Vendor: 0x10b7, Device: 0x9055, Class: 0x020000, SubVendor: 0x1028, SubDevice: 0x0080},
	{Vendor: 0x10b7, Device: 0x9056, Class: 0x0c0330, SubVendor: 0x1028, SubDevice: 0x00aa},
	{Vendor: 0xb0b5, Device: 0x9055},
}

func TestNames(t *testing.T) {
	names, err := parseNames([]byte(idsText), needed)
	if err != nil {
		t.Fatal(err)
	}
	all := func(lookups ...func() (string, bool)) (found []string) {
		for _, lookup := range lookups {
			name, ok := lookup()
			if !ok {
				name = "-"
			}
			found = append(found, name)
		}
		return found
	}
	got := all(
		func() (string, bool) { return names.Vendor(0x10b7) },
		func() (string, bool) { return names.Vendor(0x1028) },
		func() (string, bool) { return names.Vendor(0xb0b5) },
		func() (string, bool) { return names.Vendor(0x8086) }, // nobody asked
		func() (string, bool) { return names.Device(0x10b7, 0x9055) },
		func() (string, bool) { return names.Device(0x10b7, 0x9056) },
		func() (string, bool) { return names.Device(0xb0b5, 0x9055) },
		func() (string, bool) { return names.Subsystem(0x10b7, 0x9055, 0x1028, 0x0080) },
		func() (string, bool) { return names.Subsystem(0x10b7, 0x9055, 0x1028, 0x00aa) },
		func() (string, bool) { return names.Subsystem(0x10b7, 0x9056, 0x10b7, 0x9056) },
		func() (string, bool) { return names.Subsystem(0x10b7, 0x9056, 0x1028, 0x0080) },
		func() (string, bool) { return names.Base(0x02fe00) },
		func() (string, bool) { return names.Subclass(0x020000) },
		func() (string, bool) { return names.Subclass(0x02fe00) },
		func() (string, bool) { return names.Interface(0x0c0330) },
		func() (string, bool) { return names.Interface(0x0c0320) },
	)
	want := []string{
		"3Com Corporation", "Dell", "-", "-",
		"3c905B 100BaseTX [Cyclone]", "3c905B-T4", "-",
		"3C905B Fast Etherlink XL 10/100", "Any Dell card", "3c905B-T4", "-",
		"Network controller", "Ethernet controller", "-", "XHCI", "-",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesErrors(t *testing.T) {
	for _, test := range []struct {
		name, text string
		line       int
	}{
		{"vendor without a name", "10b7\n", 1},
		{"vendor of other digits", "\n10g7  3Com\n", 2},
		{"device without blank", "10b7  3Com\n\t9055x\n", 2},
		{"card without device", "10b7  3Com\n\t\t1028 0080  Card\n", 2},
		{"three tabs", "10b7  3Com\n\t9055  Card\n\t\t\t1028 0080  Card\n", 3},
		{"class of one digit", "C 2  Network\n", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseNames([]byte(test.text), needed)
			var wrong *NamesError
			if !errors.As(err, &wrong) || wrong.Line != test.line {
				t.Errorf("%v; want a *NamesError of line %d", err, test.line)
			}
		})
	}
}

func TestReadNames(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(idsText)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	vendor := func(root, file string) string {
		t.Helper()
		names, err := ReadNames(root, file, needed)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := names.Vendor(0x10b7)
		return name
	}

	root := t.TempDir()
	if _, err := ReadNames(root, "", needed); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v; want fs.ErrNotExist in its chain", err)
	}
	write(root+"/usr/share/misc/pci.ids.gz", packed.String())
	if got := vendor(root, ""); got != "3Com Corporation" {
		t.Errorf("from the compressed file: %q", got)
	}
	write(root+"/usr/share/hwdata/pci.ids", "10b7  3Com of hwdata\n")
	if got := vendor(root, ""); got != "3Com of hwdata" {
		t.Errorf("a plain file is not preferred: %q", got)
	}
	write(root+"/own.ids", "10b7  3Com of my own\n")
	if got := vendor("/nowhere", root+"/own.ids"); got != "3Com of my own" {
		t.Errorf("the user's file is not below the root: %q", got)
	}
	write(root+"/bad.ids", "# a comment\nbad\n")
	_, err := ReadNames("", root+"/bad.ids", needed)
	if want := "parse error at " + root + "/bad.ids, line 2"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	write(root+"/bad.ids.gz", "not compressed")
	if _, err := ReadNames("", root+"/bad.ids.gz", needed); err == nil {
		t.Error("a broken compressed file was read")
	}
}

func FuzzNames(f *testing.F) {
	f.Add(idsText)
	f.Add("10b7  3Com\n\t9055  Card\n\t\t1028 0080  Card\n")
	f.Add("C 02  Network\n\t00  Ethernet\n\t\t01  One")
	f.Add("S 1028\n\t00aa  Any\n")
	f.Fuzz(func(t *testing.T, text string) {
		names, err := parseNames([]byte(text), needed)
		if err != nil {
			var wrong *NamesError
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > 1+strings.Count(text, "\n") {
				t.Fatalf("%v", err)
			}
		}
		for _, d := range needed {
			vendor, okVendor := names.Vendor(d.Vendor)
			device, okDevice := names.Device(d.Vendor, d.Device)
			if okVendor && (vendor == "" || !strings.Contains(text, vendor)) {
				t.Fatalf("vendor %q is not in the file", vendor)
			}
			if okDevice && (device == "" || strings.Contains(device, "\n")) {
				t.Fatalf("device %q", device)
			}
			if okDevice && !okVendor {
				t.Fatalf("device %q of no vendor", device)
			}
		}
	})
}
