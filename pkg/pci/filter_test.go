package pci_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// filtered names the devices that options such as "-s 1f", "-d 8086:" choose.
func filtered(t *testing.T, options ...string) []string {
	t.Helper()
	var filter pci.Filter
	for _, option := range options {
		name, value, _ := strings.Cut(option, " ")
		parse := filter.ParseSlot
		if name == "-d" {
			parse = filter.ParseID
		}
		if err := parse(value); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, d := range []pci.Device{
		{Address: pci.Address{Slot: 9}, Vendor: 0x10b7, Device: 0x9055, Class: 0x020000},
		{Address: pci.Address{Slot: 0x1f}, Vendor: 0x8086, Device: 0x2918, Class: 0x060100},
		{Address: pci.Address{Bus: 2, Slot: 9, Function: 1}, Vendor: 0x8086, Device: 0x10d3, Class: 0x020000},
		{Address: pci.Address{Domain: 1, Bus: 2, Slot: 9}, Vendor: 0x144d, Device: 0xa808, Class: 0x010802},
		{Address: pci.Address{Domain: 0x10000, Slot: 6}, Vendor: 0x8086, Device: 0xa33c, Class: 0x000206},
	} {
		if filter.Match(d) {
			names = append(names, d.Address.String())
		}
	}
	return names
}

func TestFilter(t *testing.T) {
	const nic, lpc, second, nvme, vmd = "0000:00:09.0", "0000:00:1f.0", "0000:02:09.1", "0001:02:09.0", "10000:00:06.0"
	all := []string{nic, lpc, second, nvme, vmd}
	for _, test := range []struct {
		name    string
		options []string
		want    []string
	}{
		{"nothing given", nil, all},
		{"-s empty", []string{"-s "}, all},
		{"-s :", []string{"-s :"}, all},
		{"-s ::", []string{"-s ::"}, all},
		{"-s *", []string{"-s *"}, all},
		{"-s *:*:*.*", []string{"-s *:*:*.*"}, all},
		{"slot of any bus", []string{"-s 9"}, []string{nic, second, nvme}},
		{"slot in upper case", []string{"-s 1F"}, []string{lpc}},
		{"slot as 0x", []string{"-s 0x1f"}, []string{lpc}},
		{"function", []string{"-s .1"}, []string{second}},
		{"slot and no function", []string{"-s 9."}, []string{nic, second, nvme}},
		{"bus, any domain", []string{"-s 2:"}, []string{second, nvme}},
		{"domain", []string{"-s 0::"}, []string{nic, lpc, second}},
		{"domain of five digits", []string{"-s 10000::"}, []string{vmd}},
		{"full address", []string{"-s 0001:02:09.0"}, []string{nvme}},
		{"no match", []string{"-s 5:"}, nil},
		{"vendor", []string{"-d 8086:"}, []string{lpc, second, vmd}},
		{"device", []string{"-d :9055"}, []string{nic}},
		{"any id", []string{"-d *:*"}, all},
		{"class", []string{"-d ::0200"}, []string{nic, second}},
		{"class with wildcards", []string{"-d ::02xx"}, []string{nic, second}},
		{"class with leading wildcards", []string{"-d ::XX02"}, []string{vmd}},
		{"class is a whole number", []string{"-d ::2"}, []string{vmd}},
		{"programming interface", []string{"-d :::2"}, []string{nvme}},
		{"both options", []string{"-s 9", "-d 8086:"}, []string{second}},
		{"a repeated option adds", []string{"-s 2:", "-s .1"}, []string{second}},
		{"a repeated option overwrites", []string{"-s 2:1f", "-s 9"}, []string{second, nvme}},
		{"a repeated -d overwrites", []string{"-d 10b7:9055", "-d 8086:*"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, filtered(t, test.options...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFilterErrors(t *testing.T) {
	var filter pci.Filter
	for _, test := range []struct{ option, value, want string }{
		{"-s", "20", "-s: Invalid slot number"},
		{"-s", "x", "-s: Invalid slot number"},
		{"-s", ".8", "-s: Invalid function number"},
		{"-s", "1.2.3", "-s: Invalid slot/function number"},
		{"-s", "100:", "-s: Invalid bus number"},
		{"-s", "80000000::", "-s: Invalid domain number"},
		{"-s", "1:2:3:4", "-s: Too many fields"},
		{"-s", strings.Repeat("0", 64), "-s: Expression too long"},
		{"-d", "8086", "-d: At least two fields must be given"},
		{"-d", "10000:", "-d: Invalid vendor ID"},
		{"-d", ":0x10000", "-d: Invalid device ID"},
		{"-d", "::xxxxx", "-d: Invalid class code"},
		{"-d", ":::100", "-d: Invalid programming interface code"},
		{"-d", "1:2:3:4:5", "-d: Too many fields"},
	} {
		parse := filter.ParseSlot
		if test.option == "-d" {
			parse = filter.ParseID
		}
		err := parse(test.value)
		var wrong *pci.FilterError
		if !errors.As(err, &wrong) || err.Error() != test.want {
			t.Errorf("%s %q: %v; want %s", test.option, test.value, err, test.want)
		}
	}
	if filter != (pci.Filter{}) {
		t.Errorf("a bad filter left %+v", filter)
	}
}

func FuzzFilterSlot(f *testing.F) {
	for _, seed := range []string{"", "1f", "0:", "0::", "*:*:*.*", "0000:00:09.0", ".8", "0x1f", "1:2:3:4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var filter pci.Filter
		if err := filter.ParseSlot(s); err != nil {
			var wrong *pci.FilterError
			if !errors.As(err, &wrong) || filter != (pci.Filter{}) {
				t.Fatalf("%q: %v, %+v", s, err, filter)
			}
			return
		}
		// The kernel's name of a function, taken as a filter, matches it alone.
		if a, ok := pci.ParseName(s); ok && !filter.MatchAddress(a) {
			t.Fatalf("%q does not match itself", s)
		}
		if again := filter; again.ParseSlot(s) != nil || again != filter {
			t.Fatalf("%q given twice is another filter", s)
		}
	})
}

func FuzzFilterID(f *testing.F) {
	for _, seed := range []string{":", "8086:", ":9055", "::02xx", "::XX02", ":::2", "8086", "1:2:3:4:5", "0x10b7:0x9055"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var filter pci.Filter
		if err := filter.ParseID(s); err != nil {
			var wrong *pci.FilterError
			if !errors.As(err, &wrong) || filter != (pci.Filter{}) {
				t.Fatalf("%q: %v, %+v", s, err, filter)
			}
			return
		}
		everything := slices.Equal(strings.Split(strings.ReplaceAll(s, "*", ""), ":"), make([]string, 1+strings.Count(s, ":")))
		if everything && !filter.Match(pci.Device{Vendor: 1, Device: 2, Class: 3}) {
			t.Fatalf("%q does not match everything", s)
		}
		if again := filter; again.ParseID(s) != nil || again != filter {
			t.Fatalf("%q given twice is another filter", s)
		}
	})
}
