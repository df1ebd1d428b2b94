package topology

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
)

// outline writes a tree down: a line for each bus, with its functions, and
// further in what is behind them.
func outline(domains []*Domain) string {
	var text strings.Builder
	for _, d := range domains {
		fmt.Fprintf(&text, "domain %04x\n", d.Number)
		outlineBuses(&text, "  ", d.Buses)
	}
	return text.String()
}

func outlineBuses(text *strings.Builder, indent string, buses []*Bus) {
	for _, b := range buses {
		fmt.Fprintf(text, "%sbus %02x:", indent, b.Number)
		for _, f := range b.Functions {
			text.WriteString(" " + f.Device.Address.Short())
			if f.Range != nil {
				fmt.Fprintf(text, "[%02x-%02x]", f.Range.Secondary, f.Range.Subordinate)
			}
		}
		text.WriteString("\n")
		for _, f := range b.Functions {
			outlineBuses(text, indent+"  ", f.Buses)
		}
	}
}

// devices makes devices of lines "ADDRESS [PARENT] [SECONDARY-SUBORDINATE]
// [CLASS]"; with a range the class is 0604 unless it is given.
func devices(t *testing.T, lines ...string) []pci.Device {
	t.Helper()
	var found []pci.Device
	for _, line := range lines {
		d := pci.Device{Class: 0x020000}
		for i, word := range strings.Fields(line) {
			var class uint32
			var behind pci.Buses
			a, err := pci.ParseAddress(word)
			switch {
			case i == 0 && err == nil:
				d.Address = a
			case err == nil:
				d.Parent = &a
			case scanned(word, "%02x-%02x", &behind.Secondary, &behind.Subordinate):
				d.Behind, d.Class = &behind, 0x060400
			case scanned(word, "%06x", &class):
				d.Class = pci.Class(class)
			default:
				t.Fatalf("%q in %q", word, line)
			}
		}
		found = append(found, d)
	}
	return found
}

func scanned(word, format string, parts ...any) bool {
	n, err := fmt.Sscanf(word, format, parts...)
	return err == nil && n == len(parts)
}

func TestGrow(t *testing.T) {
	for _, test := range []struct {
		name    string
		devices []string
		want    string
	}{
		{"nothing", nil, ""},
		{"one bus", []string{"00:00.0", "00:1f.3"}, `
domain 0000
  bus 00: 00:00.0 00:1f.3
`},
		{"bridges by their children", []string{"00:01.0 01-03", "01:00.0 00:01.0 02-03", "02:00.0 01:00.0", "03:00.0 01:00.0"}, `
domain 0000
  bus 00: 00:01.0[01-03]
    bus 01: 01:00.0[02-03]
      bus 02: 02:00.0 03:00.0
`},
		{"virtual functions on a further bus", []string{"00:01.0 01-02", "01:00.0 00:01.0", "02:00.0 00:01.0"}, `
domain 0000
  bus 00: 00:01.0[01-02]
    bus 01: 01:00.0 02:00.0
`},
		{"nothing behind a bridge", []string{"00:01.0 01-01", "00:02.0 00-00"}, `
domain 0000
  bus 00: 00:01.0[01-01] 00:02.0[00-00]
    bus 01:
    bus 00:
`},
		{"a bridge whose configuration cannot be read", []string{"00:01.0 060400", "00:02.0 060400", "02:00.0 00:02.0", "03:00.0 00:02.0"}, `
domain 0000
  bus 00: 00:01.0 00:02.0[02-02]
    bus 02: 02:00.0 03:00.0
`},
		{"bus numbers and another class", []string{"00:01.0 01-01 020000", "01:00.0"}, `
domain 0000
  bus 00: 00:01.0
  bus 01: 01:00.0
`},
		{"another class, and children", []string{"00:01.0 01-05 068000", "00:02.0 03-05 088000", "01:00.0 00:02.0"}, `
domain 0000
  bus 00: 00:01.0[01-05] 00:02.0[01-01]
    bus 01:
    bus 01: 01:00.0
`},
		{"by ranges alone", []string{"00:01.0 01-05", "01:00.0 02-05", "02:00.0", "04:00.0", "06:00.0"}, `
domain 0000
  bus 00: 00:01.0[01-05]
    bus 01: 01:00.0[02-05]
      bus 02: 02:00.0
      bus 04: 04:00.0
  bus 06: 06:00.0
`},
		{"by ranges below a bridge with a parent", []string{"00:01.0 01-05", "01:00.0 00:01.0 02-03", "01:01.0 00:01.0 03-05", "03:00.0", "05:00.0", "05:01.0"}, `
domain 0000
  bus 00: 00:01.0[01-05]
    bus 01: 01:00.0[02-03] 01:01.0[03-05]
      bus 02:
      bus 03: 03:00.0
      bus 05: 05:00.0 05:01.0
`},
		{"ranges that overlap", []string{"00:01.0 01-05", "00:02.0 03-07", "01:00.0", "04:00.0"}, `
domain 0000
  bus 00: 00:01.0[01-05] 00:02.0[03-07]
    bus 01: 01:00.0
    bus 03:
    bus 04: 04:00.0
`},
		{"domains", []string{"00:00.0", "80:00.0", "80:01.0 81-81", "0001:00:00.0", "10000:e0:06.0 e1-e1", "10000:e1:00.0 10000:e0:06.0"}, `
domain 0000
  bus 00: 00:00.0
  bus 80: 80:00.0 80:01.0[81-81]
    bus 81:
domain 0001
  bus 00: 0001:00:00.0
domain 10000
  bus e0: 10000:e0:06.0[e1-e1]
    bus e1: 10000:e1:00.0
`},
		{"a range of another domain", []string{"00:01.0 01-ff", "0001:01:00.0"}, `
domain 0000
  bus 00: 00:01.0[01-ff]
    bus 01:
domain 0001
  bus 01: 0001:01:00.0
`},
		{"a parent of another domain", []string{"00:01.0 01-01", "0001:01:00.0 0000:00:01.0"}, `
domain 0000
  bus 00: 00:01.0[01-01]
    bus 01:
domain 0001
  bus 01: 0001:01:00.0
`},
		{"a parent that is not there", []string{"00:01.0 01-01", "01:00.0 00:02.0", "02:00.0 00:02.0"}, `
domain 0000
  bus 00: 00:01.0[01-01]
    bus 01: 01:00.0
  bus 02: 02:00.0
`},
		{"a bridge that is not set up", []string{"00:00.0", "00:01.0 00-00", "00:02.0"}, `
domain 0000
  bus 00: 00:00.0 00:01.0[00-00] 00:02.0
    bus 00:
`},
		{"a bridge of another root bus that is not set up", []string{"00:00.0", "80:01.0 00-00"}, `
domain 0000
  bus 00: 00:00.0
  bus 80: 80:01.0[00-00]
    bus 00:
`},
		{"a bridge to its own bus", []string{"01:01.0 01-03", "03:00.0"}, `
domain 0000
  bus 01: 01:01.0[01-03]
    bus 01:
    bus 03: 03:00.0
`},
		{"bridges to each other", []string{"01:00.0 02-02", "02:00.0 01-01", "03:00.0"}, `
domain 0000
  bus 02: 02:00.0[01-01]
    bus 01: 01:00.0[02-02]
      bus 02:
  bus 03: 03:00.0
`},
		{"a ring of parents", []string{"00:00.0", "01:00.0 02:00.0", "02:00.0 01:00.0", "03:00.0 01:00.0"}, `
domain 0000
  bus 00: 00:00.0
  bus 01: 01:00.0[02-02]
    bus 02: 02:00.0 03:00.0
`},
		{"its own parent", []string{"00:00.0 00:00.0"}, `
domain 0000
  bus 00: 00:00.0
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			given := devices(t, test.devices...)
			domains := Grow(given)
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), outline(domains)); diff != "" {
				t.Error(diff)
			}
			check(t, given, domains)
		})
	}
}

// check holds a tree to what is true of every tree.
func check(t *testing.T, given []pci.Device, domains []*Domain) {
	t.Helper()
	var found []pci.Device
	for f := range All(domains) {
		found = append(found, f.Device)
		if !slices.Contains(f.Bus.Functions, f) {
			t.Errorf("%s is not on its own bus", f.Device.Address)
		}
		if (f.Range != nil) != (len(f.Buses) > 0) {
			t.Errorf("%s has the range %v and %d buses", f.Device.Address, f.Range, len(f.Buses))
		}
		for _, b := range f.Buses {
			if b.Bridge != f || b.Domain != f.Bus.Domain {
				t.Errorf("%s does not know bus %04x:%02x", f.Device.Address, b.Domain, b.Number)
			}
		}
	}
	for _, d := range domains {
		for _, b := range d.Buses {
			if b.Bridge != nil || b.Domain != d.Number || len(b.Functions) == 0 {
				t.Errorf("bus %04x:%02x is no root bus of domain %04x", b.Domain, b.Number, d.Number)
			}
		}
	}
	slices.SortFunc(found, func(a, b pci.Device) int { return a.Address.Compare(b.Address) })
	if diff := cmp.Diff(given, found); diff != "" {
		t.Errorf("-given +found\n%s", diff)
	}
}

// Every archive's tree is that of its folders.
func TestGrowArchives(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/sysfs/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			root := fakekernel.Unpack(t, name).Root
			addresses, err := pci.List(root)
			if err != nil {
				t.Fatal(err)
			}
			given, err := pci.Read(root, addresses, pci.WithParent|pci.WithBuses)
			if err != nil {
				t.Fatal(err)
			}
			domains := Grow(given)
			check(t, given, domains)
			for f := range All(domains) {
				var bridge *pci.Address
				if f.Bus.Bridge != nil {
					bridge = &f.Bus.Bridge.Device.Address
				}
				if diff := cmp.Diff(f.Device.Parent, bridge); diff != "" {
					t.Errorf("%s: -folder +tree\n%s", f.Device.Address, diff)
				}
			}
		})
	}
}

func TestAllStops(t *testing.T) {
	domains := Grow(devices(t, "00:00.0", "00:01.0 01-01", "01:00.0 00:01.0", "01:01.0 00:01.0", "0001:00:00.0"))
	for most := range 6 {
		var seen []string
		for f := range All(domains) {
			seen = append(seen, f.Device.Address.Short())
			if len(seen) == most {
				break
			}
		}
		want := []string{"00:00.0", "00:01.0", "01:00.0", "01:01.0", "0001:00:00.0"}
		if most > 0 {
			want = want[:most]
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("up to %d: %s", most, diff)
		}
	}
}

// garbage makes devices of any bytes, eight each: address, parent, range and
// what is known. The numbers are small, so that they meet.
func garbage(data []byte) []pci.Device {
	const size = 8
	address := func(bits uint16) pci.Address {
		return pci.Address{Domain: uint32(bits >> 15), Bus: uint8(bits >> 8 & 7), Slot: uint8(bits >> 3 & 1), Function: uint8(bits & 1)}
	}
	known := map[pci.Address]bool{}
	var found []pci.Device
	for ; len(data) >= size; data = data[size:] {
		d := pci.Device{Address: address(binary.LittleEndian.Uint16(data)), Class: 0x060400}
		if known[d.Address] {
			continue
		}
		known[d.Address] = true
		parent := address(binary.LittleEndian.Uint16(data[2:]))
		if data[6]&1 != 0 {
			d.Parent = &parent
		}
		if data[6]&2 != 0 {
			d.Behind = &pci.Buses{Secondary: data[4] & 7, Subordinate: data[5] & 7}
		}
		if data[6]&4 != 0 {
			d.Class = 0x020000
		}
		found = append(found, d)
	}
	slices.SortFunc(found, func(a, b pci.Device) int { return a.Address.Compare(b.Address) })
	return found
}

// Whatever devices say of each other, each has one place.
func TestGrowGarbage(t *testing.T) {
	const machines, most = 2000, 64
	r := rand.New(rand.NewPCG(3, 8))
	for range machines {
		data := make([]byte, 8*r.IntN(most))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		given := garbage(data)
		check(t, given, Grow(given))
	}
}

func FuzzGrow(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x01\x00\x00\x02\x02\x02\x00" + "\x00\x02\x00\x00\x01\x01\x02\x00")) // bridges to each other
	f.Add([]byte("\x00\x01\x00\x02\x00\x00\x01\x00" + "\x00\x02\x00\x01\x00\x00\x01\x00")) // parents of each other
	f.Add([]byte("\x00\x00\x00\x00\x00\x07\x02\x00" + "\x08\x00\x00\x00\x00\x00\x02\x00" + "\x00\x87\x00\x00\x01\x03\x03\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		given := garbage(data)
		check(t, given, Grow(given))
	})
}

func BenchmarkGrow(b *testing.B) {
	for _, functions := range []int{16, 256, 4096} {
		var given []pci.Device
		for i := range functions {
			a := pci.Address{Bus: uint8(i >> 4), Slot: uint8(i >> 3 & 1), Function: uint8(i & 7)}
			d := pci.Device{Address: a, Class: 0x020000}
			if bus := a.Bus; bus > 0 {
				d.Parent = &pci.Address{Bus: (bus - 1) / 16, Slot: (bus - 1) >> 3 & 1, Function: (bus - 1) & 7}
			} else {
				d.Class, d.Behind = 0x060400, &pci.Buses{Secondary: 1 + uint8(i), Subordinate: 1 + uint8(i)}
			}
			given = append(given, d)
		}
		b.Run(fmt.Sprint(functions), func(b *testing.B) {
			for b.Loop() {
				Grow(given)
			}
		})
	}
}
