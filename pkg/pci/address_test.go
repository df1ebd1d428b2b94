package pci_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func ExampleParseAddress() {
	a, err := pci.ParseAddress("00:09.0")
	fmt.Println(a, err)
	_, err = pci.ParseAddress("00:09:0")
	fmt.Println(err)
	// Output:
	// 0000:00:09.0 <nil>
	// "00:09:0": not a PCI address: no dot and function at its end (bus:slot.function) (did you mean 00:09.0?)
}

func ExampleParseName() {
	_, ok := pci.ParseName("0000:00:1b.0:pcie001")
	fmt.Println(ok)
	a, ok := pci.ParseName("10000:e0:06.0")
	fmt.Println(a, ok)
	// Output:
	// false
	// 10000:e0:06.0 true
}

func ExampleAddress_SlotString() {
	a := pci.Address{Bus: 0, Slot: 0x1d, Function: 7}
	fmt.Println(a.SlotString(), a.Short())
	// Output: 0000:00:1d 00:1d.7
}

func TestParseAddress(t *testing.T) {
	nine := pci.Address{Slot: 9}
	for _, test := range []struct {
		name, in string
		want     pci.Address
	}{
		{"as lspci prints it", "00:09.0", nine},
		{"as the kernel names it", "0000:00:09.0", nine},
		{"without leading zeros", "0:9.0", nine},
		{"domain of eight digits", "00000000:00:09.0", nine},
		{"upper case", "0000:0A:1F.7", pci.Address{Bus: 0xa, Slot: 0x1f, Function: 7}},
		{"mixed case", "aB:0c.1", pci.Address{Bus: 0xab, Slot: 0xc, Function: 1}},
		{"VMD", "10000:e0:06.0", pci.Address{Domain: 0x10000, Bus: 0xe0, Slot: 6}},
		{"largest", "ffffffff:ff:1f.7", pci.Address{Domain: 0xffffffff, Bus: 0xff, Slot: 0x1f, Function: 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := pci.ParseAddress(test.in)
			if err != nil || got != test.want {
				t.Errorf("ParseAddress(%q) = %v, %v; want %v", test.in, got, err, test.want)
			}
		})
	}
}

func TestParseAddressMistyped(t *testing.T) {
	for _, test := range []struct{ in, meant, reason string }{
		{"00:09:0", "00:09.0", "no dot and function"},
		{"82.0.0", "82:00.0", "not [domain:]bus:slot.function"},
		{"0b::00.1", "0b:00.1", `bus ""`},
		{"1:0:1:0:", "0001:00:01.0", "no dot and function"},
		{"00:20.0", "00:14.0", "slot 20 is hexadecimal and at most 1f"},
		{"00:31.0", "00:1f.0", "slot 31"},
		{"00:32.0", "", "slot 32"},
		{"00:09.8", "", "function 8 is more than 7"},
		{"00:09.00", "00:09.0", "not one digit"},
		{"00:09.", "00:09.0", "not one digit"},
		{"(0000:00:09.0)", "0000:00:09.0", "domain"},
		{"(00:09.0)", "00:09.0", "bus"},
		{"'00:09.0',", "00:09.0", "bus"},
		{"0000-00-09.0", "0000:00:09.0", "not [domain:]bus:slot.function"},
		{"0000-00-09-0", "0000:00:09.0", "no dot and function"},
		{"pci_0000_00_09_0", "0000:00:09.0", "no dot and function"},
		{"pci-0000:00:09.0", "0000:00:09.0", "domain"},
		{"pci@0000:00:09.0", "0000:00:09.0", "domain"},
		{"/sys/bus/pci/devices/0000:00:09.0", "0000:00:09.0", "domain"},
		{"00:09.0 Ethernet controller", "00:09.0", "function"},
		{"0000:00:09", "0000:00:09.0", "no dot and function"},
		{"00:09", "00:09.0", "no dot and function"},
		{"00.09", "", "not [domain:]bus:slot.function"},
		{"09.0", "00:09.0", "not [domain:]bus:slot.function"},
		{"0000:09.0", "00:09.0", "bus"},
		{"0x00:0x09.0", "00:09.0", "bus"},
		{" 00:09.0", "00:09.0", "blanks"},
		{"00:09.0\n", "00:09.0", "blanks"},
		{"100:00.0", "", "bus"},
		{"100000000:00:09.0", "", "domain"},
		{"-1:00:09.0", "0001:00:09.0", "domain"},
		{"00:09.0.0", "", "function"}, // not 0000:09:00.0, which is another device
		{"0000.00.09.0", "0000:00:09.0", "not [domain:]bus:slot.function"},
		{"1:2:3:4:5", "", "no dot and function"},
		{"eth0", "", "no dot and function"},
		{"0000:00:1b.0:pcie001", "0000:00:1b.0", "function"},
		{"03:00.0@5", "03:00.0", "function"},
		{"00:1d.0-2", "00:1d.0", "function"},
		{"05.0 0000:02:00.0", "0000:02:00.0", "function"},
		{"03:00.0,permissive=1,msitranslate=0", "03:00.0", "function"},
		{"pci=['03:00.0,rdm_policy=relaxed']", "03:00.0", "bus"},
		{"dom0:03_00.0", "03:00.0", "bus"},
		{"dom0:10000_e1_00.0", "10000:e1:00.0", "bus"},
		{"0/0000:03:00.0", "0000:03:00.0", "domain"},
		{"PCI:1:0:0", "01:00.0", "no dot"},
		{"PCI:10@1:2:3", "0001:0a:02.3", "no dot"},
		{"PCI:300:0:0", "", "no dot"},
		{"/sys/devices/pci0000:00/0000:00:1c.0/0000:00:1a.0/usb3", "0000:00:1a.0", "function"},
		{"/dev/disk/by-path/pci-0000:00:1f.2-ata-1", "0000:00:1f.2", "domain"},
		{"pci-0000:00:14.0-usb-0:1:1.0-scsi-0:0:0:0", "0000:00:14.0", "domain"},
		{"03:00.0 Ethernet controller: Intel Corporation I210 Gigabit Network Connection (rev 03)", "03:00.0", "too long"},
		{"", "", "empty"},
		{strings.Repeat("0", 1000) + ":09.0", "", "too long"},
	} {
		t.Run(test.in, func(t *testing.T) {
			a, err := pci.ParseAddress(test.in)
			var wrong *pci.AddressError
			if !errors.As(err, &wrong) {
				t.Fatalf("ParseAddress(%q) = %v, %v; want an *AddressError", test.in, a, err)
			}
			if wrong.Input != test.in || wrong.Meant != test.meant {
				t.Errorf("input %q, meant %q; want %q, %q", wrong.Input, wrong.Meant, test.in, test.meant)
			}
			if !strings.Contains(err.Error(), test.reason) {
				t.Errorf("%v does not say %q", err, test.reason)
			}
			if a != (pci.Address{}) {
				t.Errorf("a guess was acted upon: %v", a)
			}
		})
	}
}

func TestParseName(t *testing.T) {
	for _, name := range []string{
		"00:09.0", "0000:00:09.0:pcie001", "0000:00:1b.0:pcie001", "0000:00:0A.0", "00000:00:09.0",
		"0000:00:9.0", "0000:00:09.8", "0000:00:20.0", "0000:00:09.0\n", "", "pci0000:00",
	} {
		if a, ok := pci.ParseName(name); ok {
			t.Errorf("ParseName(%q) = %v; want none", name, a)
		}
	}
}

func randomAddress(r *rand.Rand) pci.Address {
	a := pci.Address{Bus: uint8(r.UintN(256)), Slot: uint8(r.UintN(32)), Function: uint8(r.UintN(8))}
	if r.UintN(2) == 0 {
		a.Domain = r.Uint32() >> r.UintN(32)
	}
	return a
}

func TestAddressPrintAndParseAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a := randomAddress(r)
		for _, text := range []string{a.String(), a.Short(), strings.ToUpper(a.String())} {
			if b, err := pci.ParseAddress(text); err != nil || a != b {
				t.Fatalf("ParseAddress(%q) = %v, %v", text, b, err)
			}
		}
		if b, ok := pci.ParseName(a.String()); !ok || a != b {
			t.Fatalf("ParseName(%q) = %v, %v", a.String(), b, ok)
		}
	}
}

func TestAddressCompareSortsByNumbers(t *testing.T) {
	want := []string{"0000:00:09.0", "0000:00:0a.0", "0000:00:0a.1", "0000:01:00.0", "0001:00:00.0", "10000:00:00.0"}
	var addresses []pci.Address
	for _, name := range want {
		a, _ := pci.ParseName(name)
		addresses = append(addresses, a)
	}
	rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	slices.SortFunc(addresses, pci.Address.Compare)
	var got []string
	for _, a := range addresses {
		got = append(got, a.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddressJSON(t *testing.T) {
	type document struct {
		Device pci.Address
		Guests map[pci.Address]string
	}
	want := document{
		Device: pci.Address{Slot: 9},
		Guests: map[pci.Address]string{{Domain: 0x10000, Bus: 0xe0, Slot: 6}: "web"},
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Device":"0000:00:09.0","Guests":{"10000:e0:06.0":"web"}}`; string(text) != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
	var got document
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := json.Unmarshal([]byte(`"00:09:0"`), &got.Device); err == nil {
		t.Error("a mistyped address was unmarshalled")
	}
	if _, err := json.Marshal(pci.Address{Slot: 0x20}); err == nil {
		t.Error("an address that no device can have was marshalled")
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"00:09.0", "0000:00:09.0", "10000:E0:06.0", "00:09:0", "82.0.0", "(0000:00:09.0)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := pci.ParseAddress(s)
		if err != nil {
			var wrong *pci.AddressError
			if !errors.As(err, &wrong) {
				t.Fatalf("%q: %T", s, err)
			}
			if wrong.Meant == "" {
				return
			}
			if _, err := pci.ParseAddress(wrong.Meant); err != nil {
				t.Fatalf("%q: the suggestion does not parse: %v", s, err)
			}
			return
		}
		if b, err := pci.ParseAddress(a.String()); err != nil || a != b {
			t.Fatalf("%q: %v becomes %v, %v", s, a, b, err)
		}
		if name, ok := pci.ParseName(s); ok && name.String() != s {
			t.Fatalf("%q is no canonical name", s)
		}
	})
}
