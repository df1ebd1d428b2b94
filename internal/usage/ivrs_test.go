package usage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestKeptByAMD: which functions have memory kept for them, and what a guest
// needs then.
func TestKeptByAMD(t *testing.T) {
	const table = acpiTables + "/IVRS"
	devices := []pci.Device{{Address: pci.Address{Bus: 8}}, {Address: pci.Address{Bus: 8, Slot: 1, Function: 2}}, {Address: pci.Address{Bus: 9}}, {Address: pci.Address{Domain: 1, Bus: 8}}}
	const one, two = "warn: the firmware keeps memory for it (IVMD 0x1000-0x1fff", "): where that is in the way of a guest's own memory, the guest does not start without rdm_policy=relaxed"
	for _, test := range []struct {
		name  string
		table []byte
		want  map[string][]string
		kept  map[pci.Address]memory
	}{
		{"of one", ivrsOf(ivmdOf(ivmdOne, 0x0800, 0, 0x1000, 0x1000)), map[string][]string{"08:00.0": {one + two}}, map[pci.Address]memory{{Bus: 8}: memoryKept}},
		{"of a range, twice", ivrsOf(ivmdOf(ivmdRange, 0x080a, 0x0900, 0x1000, 0x1000), ivmdOf(ivmdOne, 0x080a, 0, 0x5000, 0x1000)),
			map[string][]string{"08:01.2": {one + " and 1 more" + two}, "09:00.0": {one + two}},
			map[pci.Address]memory{{Bus: 8, Slot: 1, Function: 2}: memoryKept, {Bus: 9}: memoryKept}},
		{"of none that is there", ivrsOf(ivmdOf(ivmdOne, 0x0700, 0, 0x1000, 0x1000)), map[string][]string{}, map[pci.Address]memory{}},
		{"a broken table", []byte("IVRS"), func() map[string][]string {
			all := map[string][]string{}
			for _, d := range devices {
				all[d.Address.Short()] = []string{"warn: which functions the firmware keeps memory for (IVMD) cannot be seen: " + table + ": not an IVRS table: 4 bytes"}
			}
			return all
		}(), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var kept map[pci.Address]memory
			g := look(t, func(s *scan) { hypervisor(s); kept = s.memory }, devices, map[string]string{table: string(test.table)})
			if diff := cmp.Diff(test.want, said(g, devices)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.kept, kept); diff != "" {
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
