package fit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// ivrsOf makes a table IVRS out of its blocks, as chapter 5 of AMD's
// specification has it.
func ivrsOf(blocks ...[]byte) []byte {
	body := bytes.Join(blocks, nil)
	table := binary.LittleEndian.AppendUint32([]byte("IVRS"), uint32(ivrsHeader+len(body)))
	table = append(table, 2, 0)                      // revision, checksum
	table = append(table, "AMD   AmdTable"...)       // OEM
	table = append(table, 1, 0, 0, 0)                // OEM revision
	table = append(table, "AMD \x01\x00\x00\x00"...) // who made it
	table = append(table, 0x43, 0x30, 0x20, 0)       // what the IOMMUs can do
	table = append(table, make([]byte, 8)...)
	return append(table, body...)
}

// ivhd is a hardware unit that drives all functions.
func ivhd() []byte {
	block := append([]byte{0x10, 0xb0, 28, 0, 2, 0, 0x40, 0}, make([]byte, 16)...)
	return append(block, 1, 0, 0, 0)
}

func ivmdOf(kind byte, first, last uint16, start, length uint64) []byte {
	block := []byte{kind, 0x08, ivmdBlock, 0}
	block = binary.LittleEndian.AppendUint16(block, first)
	block = binary.LittleEndian.AppendUint16(block, last)
	block = append(block, make([]byte, 8)...)
	block = binary.LittleEndian.AppendUint64(block, start)
	return binary.LittleEndian.AppendUint64(block, length)
}

func TestParseIVRS(t *testing.T) {
	one := ivmdOf(ivmdOne, 0x0800, 0, 0xdb7d_7000, 0xa000)
	for _, test := range []struct {
		name  string
		table []byte
		want  []ivmd
		fails bool
	}{
		{"none", ivrsOf(), nil, false},
		{"an IOMMU", ivrsOf(ivhd()), nil, false},
		{"of one function", ivrsOf(ivhd(), one), []ivmd{{0xdb7d_7000, 0xdb7e_0fff, 0x0800, 0x0800}}, false},
		{"of a range, and of all", ivrsOf(ivmdOf(ivmdRange, 0x0100, 0x01ff, 0x1000, 0x1000), ivmdOf(ivmdAll, 7, 7, 0x2000, 1)),
			[]ivmd{{0x1000, 0x1fff, 0x0100, 0x01ff}, {0x2000, 0x2000, 0, 0xffff}}, false},
		{"a longer file", append(ivrsOf(one), 1, 2, 3), []ivmd{{0xdb7d_7000, 0xdb7e_0fff, 0x0800, 0x0800}}, false},
		{"to the last address", ivrsOf(ivmdOf(ivmdAll, 0, 0, 1<<64-0x1000, 0x1000)), []ivmd{{1<<64 - 0x1000, 1<<64 - 1, 0, 0xffff}}, false},
		{"over the last address", ivrsOf(ivmdOf(ivmdAll, 0, 0, 1<<64-0x1000, 0x1001)), nil, true},
		{"of nothing", ivrsOf(ivmdOf(ivmdAll, 0, 0, 0x1000, 0)), nil, true},
		{"empty", nil, nil, true},
		{"a shorter file", ivrsOf(one)[:60], nil, true},
		{"bytes at the end", ivrsOf(one, []byte{0x20, 0}), nil, true},
		{"a block without length", ivrsOf([]byte{0x20, 0, 0, 0}), nil, true},
		{"a block that is cut", ivrsOf(one[:20]), nil, true},
		{"a short IVMD", ivrsOf([]byte{0x21, 0, 8, 0, 0, 0, 0, 0}), nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseIVRS(test.table)
			if errors.Is(err, errIVRS) != test.fails {
				t.Fatalf("%v; want an error: %v", err, test.fails)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(ivmd{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Which functions have memory reserved for them by AMD's table, and what a guest
// needs then.
func TestReadIVMDs(t *testing.T) {
	const table = acpiTables + "/IVRS"
	one, two, three := pci.Address{Bus: 8}, pci.Address{Bus: 8, Slot: 1, Function: 2}, pci.Address{Bus: 9}
	devices := []pci.Device{{Address: one, CanReset: true}, {Address: two, CanReset: true}, {Address: three, CanReset: true}, {Address: pci.Address{Domain: 1, Bus: 8}, CanReset: true}}
	for _, test := range []struct {
		name     string
		table    []byte
		want     map[string][]string
		reserved map[pci.Address]reservation
	}{
		{"of one", ivrsOf(ivmdOf(ivmdOne, 0x0800, 0, 0x1000, 0x1000)), map[string][]string{"08:00.0": {"reserved_memory"}}, map[pci.Address]reservation{one: reservedAlone}},
		{
			"of a range, twice", ivrsOf(ivmdOf(ivmdRange, 0x080a, 0x0900, 0x1000, 0x1000), ivmdOf(ivmdOne, 0x080a, 0, 0x5000, 0x1000)),
			map[string][]string{"08:01.2": {"reserved_memory"}, "09:00.0": {"reserved_memory"}},
			map[pci.Address]reservation{two: reservedAlone, three: reservedAlone},
		},
		{"of none that exists", ivrsOf(ivmdOf(ivmdOne, 0x0700, 0, 0x1000, 0x1000)), map[string][]string{}, map[pci.Address]reservation{}},
		{"a broken table", []byte("IVRS"), map[string][]string{
			"08:00.0": {"reserved_memory_unknown"}, "08:01.2": {"reserved_memory_unknown"}, "09:00.0": {"reserved_memory_unknown"}, "0001:08:00.0": {"reserved_memory_unknown"},
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := graphtest.Plant(t, map[string]string{table: string(test.table)})
			if diff := cmp.Diff(test.want, hints(Scan(root, devices), devices)); diff != "" {
				t.Error(diff)
			}
			s := newScan(sysfs.New(root), devices)
			_, reserved := s.readIOMMU()
			if diff := cmp.Diff(test.reserved, reserved.of); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzIVRS(f *testing.F) {
	f.Add(ivrsOf(ivhd(), ivmdOf(ivmdOne, 0x0800, 0, 0xdb7d_7000, 0xa000)))
	f.Add(ivrsOf(ivmdOf(ivmdRange, 0x0100, 0x01ff, 0x1000, 0x1000), ivmdOf(ivmdAll, 7, 7, 0x2000, 1)))
	f.Add([]byte("IVRS"))
	f.Fuzz(func(t *testing.T, table []byte) {
		all, err := parseIVRS(table)
		if err != nil && (!errors.Is(err, errIVRS) || all != nil) {
			t.Errorf("%v, %v", all, err)
		}
		for _, m := range all {
			if m.end < m.start {
				t.Errorf("%+v", m)
			}
		}
	})
}
