package pci_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
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

func TestParseSelectorNotations(t *testing.T) {
	card := pci.Address{Bus: 3}
	for _, test := range []struct {
		name, in string
		want     pci.Address
	}{
		{"libvirt", "pci_0000_03_00_0", card},
		{"libvirt, VMD", "pci_10000_e0_06_0", pci.Address{Domain: 0x10000, Bus: 0xe0, Slot: 6}},
		{"Qubes", "dom0:03_00.0", card},
		{"Qubes without the domain's name", "03_00.0", card},
		{"Qubes with a segment", "dom0:0001_03_00.0", pci.Address{Domain: 1, Bus: 3}},
		{"XenServer", "0/0000:03:00.0", card},
		{"folder of the device", "/sys/bus/pci/devices/0000:03:00.0", card},
		{"folder below its bridge", "/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0/", card},
		{"link of its driver", "/sys/bus/pci/drivers/xen-pciback/0000:03:00.0", card},
		{"completed by a shell", "0000:03:00.0/", card},
		{"lspci", "03:00.0 Ethernet controller: Intel Corporation I210 Gigabit Network Connection (rev 03)", card},
		{"lspci -n", "03:00.0 0200: 8086:1533 (rev 03)", card},
		{"lspci -Dnn", "0000:03:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)", card},
		{"lspci -m", `03:00.0 "Ethernet controller" "Intel Corporation" "I210" -r03 "" ""`, card},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := pci.ParseSelector(test.in)
			if want := (pci.Selector{Address: test.want}); err != nil || got != want {
				t.Errorf("ParseSelector(%q) = %+v, %v; want %+v", test.in, got, err, want)
			}
			if _, err := pci.ParseAddress(test.in); err == nil {
				t.Errorf("ParseAddress(%q) takes it too", test.in)
			}
		})
	}
}

// What says more than an address, or not which one, is not taken for an address.
func TestParseSelectorRefusesMore(t *testing.T) {
	for _, test := range []struct{ in, meant, reason string }{
		{"0000:03:00.0@5", "0000:03:00.0", `"@5" belongs in the configuration of a guest`},
		{"03:00.0,permissive=1", "03:00.0", `",permissive=1" belongs in the configuration of a guest`},
		{"03:00.*@4", "", `"@4" belongs`},
		{"03:00.0,04:00.0", "", "several addresses"},
		{"03:00.0 04:00.0", "", "several addresses"},
		{"03:00.0 Bridge: behind 04:00.0", "", "several addresses"},
		{"03:00.0 Ethernet controller: Intel\n04:00.0 Ethernet controller: Intel", "", "several addresses"},
		{"/sys/bus/pci/devices/0000:03:00.0,/sys/bus/pci/devices/0000:04:00.0", "0000:04:00.0", "too long"},
		{"/sys/bus/pci/devices/0000:00:1c.0/0000:00:1c.0:pcie001", "0000:00:1c.0", "domain"},
		{"/sys/bus/pci/devices/0000:03:00.0/net/eth0", "0000:03:00.0", "domain"},
		{"/dev/disk/by-path/pci-0000:03:00.0-nvme-1", "0000:03:00.0", "domain"},
		{"dom0:00_1c.0-00_00.0", "", "bus"}, // the device behind 00:1c.0
		{"pci_0000_03_00", "0000:03:00", "no dot"},
		{"03:00.0; reboot", "03:00.0", "function"},
		{"03:00.0 ", "03:00.0", "blanks"},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, err := pci.ParseSelector(test.in)
			var wrong *pci.AddressError
			if !errors.As(err, &wrong) {
				t.Fatalf("ParseSelector(%q) = %+v, %v; want an *AddressError", test.in, got, err)
			}
			if wrong.Meant != test.meant || !strings.Contains(wrong.Reason, test.reason) {
				t.Errorf("reason %q, meant %q; want %q, %q", wrong.Reason, wrong.Meant, test.reason, test.meant)
			}
		})
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
		{"af00.0", ""}, // neither af00:0000 nor a bus
		{"af:00.0.0", ""},
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
	for _, seed := range []string{"00:09.0", "00:1d", "00:1d.*", "0000:00:1d", "10b7:9055", "00:09:0", "8086:10b",
		"pci_0000_03_00_0", "dom0:03_00.0", "0/0000:03:00.0", "/sys/bus/pci/devices/0000:03:00.0/", "03:00.0 Ethernet controller: I210", "03:00.0@5,permissive=1"} {
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
