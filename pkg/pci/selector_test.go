package pci_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

func ExampleParseSelector() {
	for _, id := range []string{"00:09.0", "00:1d", "00:1d.*", "10b7:9055"} {
		selector, _ := pci.ParseSelector(id)
		fmt.Println(selector)
	}
	// Output:
	// 0000:00:09.0
	// 0000:00:1d
	// 0000:00:1d
	// 10b7:9055
}

func TestParseSelector(t *testing.T) {
	slot := pci.Selector{Kind: pci.KindSlot, Address: pci.Address{Slot: 0x1d}}
	for _, test := range []struct {
		in   string
		want pci.Selector
	}{
		{"00:1d.7", pci.Selector{Kind: pci.KindAddress, Address: pci.Address{Slot: 0x1d, Function: 7}}},
		{"0000:00:1d.7", pci.Selector{Kind: pci.KindAddress, Address: pci.Address{Slot: 0x1d, Function: 7}}},
		{"00:1d", slot},
		{"0:1D", slot},
		{"0000:00:1d", slot},
		{"00:1d.*", slot},
		{"0000:00:1d.*", slot},
		{"10000:e0:06", pci.Selector{Kind: pci.KindSlot, Address: pci.Address{Domain: 0x10000, Bus: 0xe0, Slot: 6}}},
		{"10b7:9055", pci.Selector{Kind: pci.KindModel, Vendor: 0x10b7, Device: 0x9055}},
		{"10B7:9055", pci.Selector{Kind: pci.KindModel, Vendor: 0x10b7, Device: 0x9055}},
		{"0000:001d", pci.Selector{Kind: pci.KindModel, Device: 0x1d}},
	} {
		got, err := pci.ParseSelector(test.in)
		if err != nil || got != test.want {
			t.Errorf("ParseSelector(%q) = %+v, %v; want %+v", test.in, got, err, test.want)
		}
	}
}

func TestParseSelectorMistyped(t *testing.T) {
	for _, test := range []struct{ in, meant string }{
		{"00:09:0", "00:09.0"},
		{"82.0.0", "82:00.0"},
		{"1:0:1:0:", "0001:00:01.0"},
		{"00:20.0", "00:14.0"},
		{"00:20", "00:14"},
		{"00:20.*", ""},
		{"(00:1d)", "00:1d"},
		{"00:1d.", "00:1d"},
		{"00-1d", "00:1d"},
		{"00:1d ", "00:1d"},
		{"[10b7:9055]", "10b7:9055"},
		{"10b7-9055", "10b7:9055"},
		{"8086:10b", "8086:010b"},
		{"0x10b7:0x9055", "10b7:9055"},
		{"10b7:9055:1", ""},
		{"10b7:", ""},
		{"*", ""},
		{"", ""},
		{"e1000", ""},
	} {
		got, err := pci.ParseSelector(test.in)
		var wrong *pci.AddressError
		if !errors.As(err, &wrong) {
			t.Errorf("ParseSelector(%q) = %v, %v; want an *AddressError", test.in, got, err)
			continue
		}
		if wrong.Meant != test.meant {
			t.Errorf("ParseSelector(%q): meant %q; want %q", test.in, wrong.Meant, test.meant)
		}
	}
}

func TestSelectorMatch(t *testing.T) {
	devices := []pci.Device{
		{Address: pci.Address{Slot: 9}, Vendor: 0x10b7, Device: 0x9055},
		{Address: pci.Address{Slot: 0x1d}, Vendor: 0x8086, Device: 0x2934},
		{Address: pci.Address{Slot: 0x1d, Function: 7}, Vendor: 0x8086, Device: 0x293a},
		{Address: pci.Address{Domain: 1, Slot: 0x1d}, Vendor: 0x10b7, Device: 0x9055},
	}
	for id, want := range map[string]string{
		"00:09.0":      "[0000:00:09.0]",
		"00:1d":        "[0000:00:1d.0 0000:00:1d.7]",
		"0001:00:1d.*": "[0001:00:1d.0]",
		"10b7:9055":    "[0000:00:09.0 0001:00:1d.0]",
		"10b7:9056":    "[]",
		"00:1d.1":      "[]",
	} {
		selector, err := pci.ParseSelector(id)
		if err != nil {
			t.Fatal(err)
		}
		selected := []pci.Address{}
		for _, d := range devices {
			if selector.Match(d) {
				selected = append(selected, d.Address)
			}
		}
		if got := fmt.Sprint(selected); got != want {
			t.Errorf("%s selects %s; want %s", id, got, want)
		}
	}
}

func TestSelectorPrintAndParseAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		a := randomAddress(r)
		slot := a
		slot.Function = 0
		for _, want := range []pci.Selector{
			{Kind: pci.KindAddress, Address: a},
			{Kind: pci.KindSlot, Address: slot},
			{Kind: pci.KindModel, Vendor: uint16(r.Uint32()), Device: uint16(r.Uint32())},
		} {
			if got, err := pci.ParseSelector(want.String()); err != nil || got != want {
				t.Fatalf("ParseSelector(%q) = %+v, %v; want %+v", want, got, err, want)
			}
		}
	}
}

func FuzzParseSelector(f *testing.F) {
	for _, seed := range []string{"00:09.0", "00:1d", "00:1d.*", "0000:00:1d", "10b7:9055", "00:09:0", "8086:10b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		selector, err := pci.ParseSelector(s)
		if err == nil {
			if again, err := pci.ParseSelector(selector.String()); err != nil || again != selector {
				t.Fatalf("%q: %+v becomes %+v, %v", s, selector, again, err)
			}
			return
		}
		var wrong *pci.AddressError
		if !errors.As(err, &wrong) {
			t.Fatalf("%q: %T", s, err)
		}
		if wrong.Meant != "" {
			if _, err := pci.ParseSelector(wrong.Meant); err != nil {
				t.Fatalf("%q: the suggestion does not parse: %v", s, err)
			}
		}
		// An address is a selector of the same device.
		if _, err := pci.ParseAddress(s); err == nil {
			t.Fatalf("%q is an address but no selector", s)
		}
	})
}
