package pci

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
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

func TestNames(t *testing.T) {
	names := newNames([]byte(idsText), func() {})
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
		func() (string, bool) { return names.Vendor(0x8086) },
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
		"3Com Corporation", "Dell", "-", "Intel Corporation",
		"3c905B 100BaseTX [Cyclone]", "3c905B-T4", "-",
		"3C905B Fast Etherlink XL 10/100", "Any Dell card", "3c905B-T4", "-",
		"Network controller", "Ethernet controller", "-", "XHCI", "-",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is known must not depend on what was asked before, nor on an order that
// the file does not have.
func TestNamesUnsorted(t *testing.T) {
	const text = "C 02  Network controller\n\t80  Other\n\t00  Ethernet controller\n" +
		"8086  Intel Corporation\n\t9000  Nine\n\t1000  One\n# a comment\n\n\t5000  Five\r\n\t1000  Again\n" +
		"10b7  3Com Corporation\n\t1000  Card\n\t\t0001 0002  Made by one\n"
	type found struct {
		Vendors, Devices, Cards, Classes []string
	}
	look := func(names *Names) (f found) {
		for _, vendor := range []uint16{0x10b7, 0x8086, 0xffff} {
			name, _ := names.Vendor(vendor)
			f.Vendors = append(f.Vendors, name)
		}
		for _, device := range []uint16{0x9000, 0x1000, 0x5000, 0x0001} {
			name, _ := names.Device(0x8086, device)
			f.Devices = append(f.Devices, name)
		}
		name, _ := names.Subsystem(0x10b7, 0x1000, 1, 2)
		f.Cards = append(f.Cards, name)
		for _, class := range []Class{0x020000, 0x028000, 0x030000} {
			name, _ := names.Subclass(class)
			f.Classes = append(f.Classes, name)
		}
		return f
	}
	want := found{
		Vendors: []string{"3Com Corporation", "Intel Corporation", ""},
		Devices: []string{"Nine", "One", "Five", ""},
		Cards:   []string{"Made by one"},
		Classes: []string{"Ethernet controller", "Other", ""},
	}
	names := newNames([]byte(text), func() {})
	for try := range mostAsked + 2 { // the last time with all lines sorted
		if diff := cmp.Diff(want, look(names)); diff != "" {
			t.Fatalf("time %d: -want +got\n%s", try, diff)
		}
	}
}

func TestNoNames(t *testing.T) {
	var none *Names
	if _, ok := none.Vendor(0x8086); ok {
		t.Error("no file knows a vendor")
	}
	if _, ok := none.Subsystem(1, 2, 1, 2); ok {
		t.Error("no file knows a card")
	}
	if _, ok := new(Names).Interface(0x0c0330); ok {
		t.Error("the zero value knows an interface")
	}
	none.Close()
	new(Names).Close()
}

// namesErrors are texts and what lspci says of them.
var namesErrors = []struct {
	name, text string
	line       int
	reason     string
}{
	{"as it should be", idsText, 0, ""},
	{"nothing", "", 0, ""},
	{"vendor without a name", "10b7\n", 1, parseError},
	{"vendor with a blank for a name", "10b7  \n", 1, parseError},
	{"vendor with a carriage return for a name", "10b7  \rname\n", 1, parseError},
	{"vendor of other digits", "\n10g7  3Com\n", 2, parseError},
	{"vendor after a blank", " 10b7  3Com\n", 1, parseError},
	{"device without blank", "10b7  3Com\n\t9055x\n", 2, parseError},
	{"device without vendor", "\t9055  Card\n", 1, parseError},
	{"card without device", "10b7  3Com\n\t\t1028 0080  Card\n", 2, parseError},
	{"card of one number", "10b7  3Com\n\t9055  Card\n\t\t1028  Card\n", 3, parseError},
	{"card with two blanks between its numbers", "10b7  3Com\n\t9055  Card\n\t\t1028  0080  Card\n", 3, parseError},
	{"card of any device", "10b7  3Com\nS 10b7\n\t0080  Card\n\t\t1028 0080  Card\n", 4, parseError},
	{"three tabs", "10b7  3Com\n\t9055  Card\n\t\t\t1028 0080  Card\n", 3, parseError},
	{"class of one digit", "C 2  Network\n", 1, parseError},
	{"interface without a subclass", "C 02  Network\n\t\t01  One\n\t\t02  Two\n", 0, ""},
	{"interface twice, without and with a subclass", "C 02  Network\n\t\t01  One\n\t00  Ethernet\n\t\t01  One\n", 4, duplicate},
	{"block of another letter", "Z 1\n\t\t\tx\n#\n10b7  3Com\n", 0, ""},
	{"block of another letter and nothing else", "Z \n", 1, parseError},
	{"cards of a vendor with a word", "10b7  3Com\nS 10b7 more\n", 2, parseError},
	{"cards of no vendor", "10b7  3Com\nS 1028\n", 2, vendorAbsent},
	{"cards of a vendor in two blocks", "10b7  3Com\nS 10b7\n\t0001  A\nS 10b7\n\t0001  A\n", 5, duplicate},
	{"vendor twice", "10b7  3Com\n10B7  3Com\n", 2, duplicate},
	{"class twice", "C 02  Network\nC 01  Storage\nC 02  Network\n", 3, duplicate},
	{"device twice", "10b7  3Com\n\t9055  Card\n\t9055  Card\n", 3, duplicate},
	{"device twice, not sorted", "10b7  3Com\n\t9055  Card\n\t0001  Card\n\t9055  Card\n", 4, duplicate},
	{"device twice among many", "10b7  3Com\n" + falling("\t%04x  Card\n", 100) + "\t0010  Card\n", 102, duplicate},
	{"vendor twice among many", falling("%04x  Maker\n", 100) + "0001  Maker\n", 101, duplicate},
	{"card twice", "10b7  3Com\n\t9055  Card\n\t\t1028 0080  A\n\t\t1028 0080  B\n", 4, duplicate},
	{"card 0 twice", "10b7  3Com\n\t0000  Card\n\t\t0000 0000  A\n\t\t0000 0000  B\n", 4, duplicate},
	{"the same card of two devices", "10b7  3Com\n\t9055  Card\n\t\t1028 0080  A\n\t9056  Card\n\t\t1028 0080  A\n", 0, ""},
	{"device 0 is not the vendor", "10b7  3Com\n\t0000  Card\n\t\t0000 0000  A\n", 0, ""},
	{"the same device of another vendor", "10b7  3Com\n\t9055  Card\n8086  Intel\n\t9055  Card\n", 0, ""},
	{"a line too long", "10b7  3Com " + strings.Repeat("x", 1100) + "\n", 1, tooLong},
	{"a comment too long", "10b7  3Com\n#" + strings.Repeat("x", 1022) + "\n", 2, tooLong},
	{"a line just short enough", "10b7  " + strings.Repeat("x", 1016) + "\n", 0, ""},
	{"a last line too long, without a newline", "10b7  " + strings.Repeat("x", 1017), 1, tooLong},
	{"a last line just short enough, without a newline", "10b7  " + strings.Repeat("x", 1016), 0, ""},
	{"the rest of a long line is the next", "10b7  3Com\r" + strings.Repeat("x", 1100) + "\n", 2, parseError},
	{"a zero byte", "10b7  3Com\n#\x00\n", 2, tooLong},
	{"a zero byte in the last line, without a newline", "10b7  3Com\n\t9055  Card\x00\xff", 0, ""},
}

// falling are lines with the numbers below n, the largest first.
func falling(format string, n int) string {
	var lines strings.Builder
	for n--; n >= 0; n-- {
		fmt.Fprintf(&lines, format, n)
	}
	return lines.String()
}

func TestNamesErrors(t *testing.T) {
	for _, test := range namesErrors {
		t.Run(test.name, func(t *testing.T) {
			_, line, reason := checkNames([]byte(test.text))
			if line != test.line || reason != test.reason {
				t.Errorf("line %d, %q; want line %d, %q", line, reason, test.line, test.reason)
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
	vendor := func(names *Names, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer names.Close()
		name, _ := names.Vendor(0x10b7)
		return name
	}

	root := t.TempDir()
	if _, err := OpenNames(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v; want fs.ErrNotExist in its chain", err)
	}
	if _, err := ReadNames(root + "/own.ids"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the user's file: %v; want fs.ErrNotExist in its chain", err)
	}
	write(root+"/usr/share/misc/pci.ids.gz", packed.String())
	if got := vendor(OpenNames(root)); got != "3Com Corporation" {
		t.Errorf("from the compressed file: %q", got)
	}
	write(root+"/usr/share/hwdata/pci.ids", "10b7  3Com of hwdata\n")
	if got := vendor(OpenNames(root)); got != "3Com of hwdata" {
		t.Errorf("a plain file is not preferred: %q", got)
	}
	write(root+"/usr/share/misc/pci.ids", "")
	if got := vendor(OpenNames(root)); got != "" {
		t.Errorf("an empty file is not a file: %q", got)
	}
	write(root+"/own.ids", "10b7  3Com of my own\n")
	if got := vendor(ReadNames(root + "/own.ids")); got != "3Com of my own" {
		t.Errorf("the user's file: %q", got)
	}
	write(root+"/bad.ids", "# a comment\nbad\n")
	_, err := ReadNames(root + "/bad.ids")
	if want := "Parse error at " + root + "/bad.ids, line 2"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	write(root+"/bad.ids.gz", packed.String()[:40])
	if _, err := ReadNames(root + "/bad.ids.gz"); err == nil {
		t.Error("a broken compressed file was read")
	}
}

// FuzzNames holds the quick look-ups to those in a table of all lines, for
// every text that lspci would take.
func FuzzNames(f *testing.F) {
	f.Add(idsText)
	f.Add("10b7  3Com\n\t9055  Card\n\t\t1028 0080  Card\n")
	f.Add("C 02  Network\n\t00  Ethernet\n\t\t01  One")
	f.Add("1028  Dell\nS 1028\n\t00aa  Any\n")
	f.Add("10b8  Two\n\t0002  B\n\t0001  A\n10b7  One\n\t0003  C\n\n#\n\t0001  D")
	f.Fuzz(func(t *testing.T, text string) {
		want, _, reason := plainNames(text)
		names := newNames([]byte(text), func() {})
		if reason != "" {
			want.lookUp(names, func(namesKey, string) {}) // it must end
			return
		}
		checked, err := checkedNames([]byte(text), "pci.ids", func() {})
		if err != nil {
			t.Fatal(err)
		}
		for _, names := range []*Names{names, checked} {
			want.lookUp(names, func(key namesKey, got string) {
				if got != want[key] {
					t.Errorf("%v: %q; want %q", key, got, want[key])
				}
			})
		}
	})
}

// FuzzCheckNames holds the check to what a plain reader refuses.
func FuzzCheckNames(f *testing.F) {
	for _, test := range namesErrors {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, wantLine, wantReason := plainNames(text)
		if _, line, reason := checkNames([]byte(text)); line != wantLine || reason != wantReason {
			t.Errorf("line %d, %q; want line %d, %q", line, reason, wantLine, wantReason)
		}
	})
}

// Every name of the machine's own pci.ids is found.
func TestNamesOfThisMachine(t *testing.T) {
	names, err := OpenNames("/")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no pci.ids is installed (Debian: apt install pci.ids)")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	all, line, reason := plainNames(string(names.index.text))
	if reason != "" {
		t.Fatalf("%s, line %d", reason, line)
	}
	if len(all) < 10000 {
		t.Fatalf("only %d names", len(all))
	}
	checked, err := checkedNames(names.index.text, "pci.ids", func() {})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range []*Names{names, checked} {
		all.lookUp(names, func(key namesKey, got string) {
			if got != all[key] {
				t.Errorf("%v: %q; want %q", key, got, all[key])
			}
		})
	}
}

func BenchmarkNames(b *testing.B) {
	if _, err := OpenNames("/"); err != nil {
		b.Skip("no pci.ids is installed (Debian: apt install pci.ids)")
	}
	for b.Loop() {
		names, err := OpenNames("/")
		if err != nil {
			b.Fatal(err)
		}
		for device := range uint16(16) {
			names.Device(0x8086, 0x1500+device)
		}
		names.Base(0x020000)
		names.Close()
	}
}

// BenchmarkReadNames takes a pci.ids that is checked, and looks up the same.
func BenchmarkReadNames(b *testing.B) {
	const file = "/usr/share/misc/pci.ids"
	if _, err := os.Stat(file); err != nil {
		b.Skip("no pci.ids is installed (Debian: apt install pci.ids)")
	}
	for b.Loop() {
		names, err := ReadNames(file)
		if err != nil {
			b.Fatal(err)
		}
		for device := range uint16(16) {
			names.Device(0x8086, 0x1500+device)
		}
		names.Base(0x020000)
		names.Close()
	}
}
