package pci

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRegions(t *testing.T) {
	const text = "0x00000000f7200000 0x00000000f72fffff 0x0000000000040200\n" +
		"0x0000000000000000 0x0000000000000000 0x0000000000000000\n" +
		"0x000000000000e020 0x000000000000e03f 0x0000000000040101\n" +
		"nonsense\n" +
		"0xffffffff00000000 0xffffffffffffffff 0x000000000014220c\n"
	want := []Region{
		{Number: 0, Start: 0xf7200000, End: 0xf72fffff, Flags: 0x40200},
		{Number: 2, Start: 0xe020, End: 0xe03f, Flags: 0x40101},
		{Number: 4, Start: 0xffffffff00000000, End: 0xffffffffffffffff, Flags: 0x14220c},
	}
	got := parseRegions(text)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if got[0].IO() || !got[1].IO() || got[0].Size() != 1<<20 || got[1].Size() != 32 {
		t.Errorf("%+v: IO %v %v, size %d %d", got, got[0].IO(), got[1].IO(), got[0].Size(), got[1].Size())
	}
}

func FuzzRegions(f *testing.F) {
	f.Add("0x00000000f7200000 0x00000000f72fffff 0x0000000000040200\n")
	f.Add("0x1 0x0 0x1\n0x0 0x1 0x0\n\n0x2 0x3")
	f.Fuzz(func(t *testing.T, text string) {
		last := -1
		for _, r := range parseRegions(text) {
			if r.Number <= last || r.Number > strings.Count(text, "\n") || r.End < r.Start || r.Flags == 0 {
				t.Fatalf("%+v after %d", r, last)
			}
			last = r.Number
		}
	})
}
