package fit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// dmarOf makes a table DMAR out of its entries, as chapter 8 of Intel's VT-d
// specification has it.
func dmarOf(signature string, entries ...[]byte) []byte {
	body := bytes.Join(entries, nil)
	table := []byte(signature)
	table = binary.LittleEndian.AppendUint32(table, uint32(dmarHeader+len(body)))
	table = append(table, 1, 0)                      // revision, checksum
	table = append(table, "INTEL HSW     "...)       // OEM
	table = append(table, 1, 0, 0, 0)                // OEM revision
	table = append(table, "INTL\x01\x00\x00\x00"...) // who made it
	table = append(table, 0x26, 0x01)                // width of addresses, flags
	table = append(table, make([]byte, 10)...)
	return append(table, body...)
}

// drhd is a hardware unit with an IOAPIC in its scope.
func drhd() []byte {
	entry := []byte{0, 0, 24, 0, 1, 0, 0, 0}
	entry = binary.LittleEndian.AppendUint64(entry, 0xfed9_0000)
	return append(entry, 3, 8, 0, 0, 8, 0xf0, 0x1f, 0)
}

func rmrr(domain uint16, start, end uint64, scopes ...[]byte) []byte {
	body := bytes.Join(scopes, nil)
	entry := []byte{1, 0}
	entry = binary.LittleEndian.AppendUint16(entry, uint16(rmrrHeader+len(body)))
	entry = append(entry, 0, 0)
	entry = binary.LittleEndian.AppendUint16(entry, domain)
	entry = binary.LittleEndian.AppendUint64(entry, start)
	entry = binary.LittleEndian.AppendUint64(entry, end)
	return append(entry, body...)
}

// inScope is a scope of a kind, whose way is pairs of slot and function.
func inScope(kind, bus byte, way ...byte) []byte {
	return append([]byte{kind, byte(scopeHeader + len(way)), 0, 0, 0, bus}, way...)
}

func TestParseDMAR(t *testing.T) {
	good := rmrr(0, 0xdb7d_7000, 0xdb7e_0fff, inScope(1, 0, 0x1d, 0), inScope(1, 0, 0x1a, 0))
	long := drhd()
	long[2]++
	for _, test := range []struct {
		name  string
		table []byte
		want  []reserved
		fails bool
	}{
		{"no RMRR", dmarOf("DMAR", drhd()), nil, false},
		{"an entry that is cut", dmarOf("DMAR", long), nil, true},
		{"none", dmarOf("DMAR"), nil, false},
		{"two functions", dmarOf("RMAD", good), []reserved{{start: 0xdb7d_7000, end: 0xdb7e_0fff, scopes: []scope{
			{way: []pci.Address{{Slot: 0x1d}}}, {way: []pci.Address{{Slot: 0x1a}}},
		}}}, false},
		{"over bridges", dmarOf("XMAR", rmrr(1, 0x1000, 0x1fff, inScope(2, 0x40, 2, 0, 0, 1), inScope(3, 0, 1, 0))), []reserved{
			{start: 0x1000, end: 0x1fff, scopes: []scope{{domain: 1, bus: 0x40, bridge: true, way: []pci.Address{{Slot: 2}, {Function: 1}}}}},
		}, false},
		{"a longer file", append(dmarOf("DMAR", good), 1, 2, 3), []reserved{{start: 0xdb7d_7000, end: 0xdb7e_0fff, scopes: []scope{
			{way: []pci.Address{{Slot: 0x1d}}}, {way: []pci.Address{{Slot: 0x1a}}},
		}}}, false},
		{"empty", nil, nil, true},
		{"a shorter file", dmarOf("DMAR", good)[:60], nil, true},
		{"bytes at the end", dmarOf("DMAR", good, []byte{1, 0}), nil, true},
		{"an entry without length", dmarOf("DMAR", []byte{1, 0, 0, 0}), nil, true},
		{"a short RMRR", dmarOf("DMAR", []byte{1, 0, 8, 0, 0, 0, 0, 0}), nil, true},
		{"a scope without way", dmarOf("DMAR", rmrr(0, 0, 1, inScope(1, 0))), nil, true},
		{"a scope of odd length", dmarOf("DMAR", rmrr(0, 0, 1, inScope(1, 0, 1, 0, 1))), nil, true},
		{"a scope that is cut", dmarOf("DMAR", rmrr(0, 0, 1, inScope(1, 0, 1, 0)[:6])), nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseDMAR(test.table)
			if errors.Is(err, errDMAR) != test.fails {
				t.Fatalf("%v; want an error: %v", err, test.fails)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(reserved{}, scope{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScopeFind(t *testing.T) {
	secondary := map[pci.Address]uint8{{Slot: 0x1c}: 3, {Bus: 3}: 4}
	for _, test := range []struct {
		name string
		way  []pci.Address
		want string
	}{
		{"on the bus", []pci.Address{{Slot: 0x14}}, "0000:00:14.0"},
		{"behind a bridge", []pci.Address{{Slot: 0x1c}, {Slot: 0, Function: 1}}, "0000:03:00.1"},
		{"behind two", []pci.Address{{Slot: 0x1c}, {}, {Slot: 5}}, "0000:04:05.0"},
		{"behind what is no bridge", []pci.Address{{Slot: 0x1d}, {}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, ok := scope{way: test.way}.find(secondary)
			if ok != (test.want != "") || ok && a.String() != test.want {
				t.Errorf("%v, %v; want %q", a, ok, test.want)
			}
		})
	}
}

func FuzzDMAR(f *testing.F) {
	f.Add(dmarOf("DMAR", drhd(), rmrr(0, 0xdb7d_7000, 0xdb7e_0fff, inScope(1, 0, 0x1d, 0), inScope(1, 0, 0x1a, 0))))
	f.Add(dmarOf("RMAD", rmrr(1, 0, 0xfff, inScope(2, 0, 1, 0, 0, 0), inScope(4, 0, 1, 0))))
	f.Add(dmarOf("XMAR", []byte{1, 0, 0xff, 0xff}))
	f.Add([]byte("DMAR"))
	f.Fuzz(func(t *testing.T, table []byte) {
		all, err := parseDMAR(table)
		if err != nil && (!errors.Is(err, errDMAR) || all != nil) {
			t.Errorf("%v, %v", all, err)
		}
		for _, r := range all {
			for _, sc := range r.scopes {
				if a, ok := sc.find(nil); len(sc.way) == 0 || ok != (len(sc.way) == 1) || a.Bus != sc.bus {
					t.Errorf("%+v: %v, %v", sc, a, ok)
				}
			}
		}
	})
}
