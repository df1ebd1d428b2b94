package config

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// present makes a device that is there of "ADDRESS KEY=VALUE...", where path is
// the address where it is not given, and all are of one kind but for what is.
func present(t *testing.T, line string) Present {
	t.Helper()
	words := strings.Fields(line)
	p := Present{Device: pci.Device{Address: address(t, words[0]), Vendor: 0x8086, Device: 0x1521, SubVendor: 0x8086, SubDevice: 1, Class: 0x020000}}
	p.Path = p.Address.String()
	for _, word := range words[1:] {
		switch key, v, _ := strings.Cut(word, "="); key {
		case "id":
			id, err := parseID(v)
			if err != nil {
				t.Fatal(err)
			}
			p.Vendor, p.Device.Device = id.Vendor, id.Device
		case "subsystem":
			id, err := parseID(v)
			if err != nil {
				t.Fatal(err)
			}
			p.SubVendor, p.SubDevice = id.Vendor, id.Device
		case "class":
			n, _ := hexNumber(v, 6)
			p.Class = pci.Class(n)
		case "path":
			p.Path = v
		case "serial":
			p.Serial = v
		case "mac":
			p.MAC = v
		case "slot":
			p.PhysicalSlot = v
		default:
			t.Fatal(word)
		}
	}
	return p
}

// declared makes a declaration: what Identify makes of a device that is given as
// to present, or "only ADDRESS KEY=VALUE..." with these keys alone.
func declared(t *testing.T, line string, n int) Declared {
	t.Helper()
	d := Declared{File: File, Line: n}
	if rest, only := strings.CutPrefix(line, "only "); only {
		words := strings.Fields(rest)
		text := header + "\naddress = \"" + words[0] + "\"\n"
		for _, word := range words[1:] {
			key, v, _ := strings.Cut(word, "=")
			text += key + " = \"" + v + "\"\n"
		}
		list := parse(File, []byte(text)).devices
		if len(list) != 1 {
			t.Fatal(text)
		}
		d.Device = list[0].Device
		return d
	}
	d.Device = Identify(present(t, line))
	return d
}

const (
	serialA = "00-1b-21-ff-ff-00-00-0a"
	serialB = "00-1b-21-ff-ff-00-00-0b"
	macA    = "00:1b:21:00:00:0a"
	macB    = "00:1b:21:00:00:0b"
	port1   = "0000:00:1c.0/00.0"
	port2   = "0000:00:1c.4/00.0"
)

// facts is what a finding says, in short.
func facts(m Finding) string {
	outcomes := map[Outcome]string{InPlace: "in place", Moved: "moved", Another: "another", Absent: "absent", Ambiguous: "ambiguous", Claimed: "claimed"}
	text := outcomes[m.Outcome]
	if m.Now != (pci.Address{}) {
		text += " " + m.Now.String()
	}
	if m.Evidence != 0 {
		text += " by " + m.Evidence.String()
	}
	for _, d := range append([]Difference{m.Because}, m.Notes...) {
		if d != (Difference{}) {
			text += fmt.Sprintf(", %s %s for %s", d.What, d.Now, d.Declared)
		}
	}
	for _, a := range m.Candidates {
		text += " or " + a.String()
	}
	for _, other := range m.Others {
		text += fmt.Sprintf(" as at line %d", other.Line)
	}
	if m.Lost {
		text += ", lost"
	}
	return text
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		name     string
		declared []string
		present  []string
		want     []string
	}{
		{
			"as declared", []string{"02:00.0 path=" + port1 + " serial=" + serialA + " mac=" + macA + " slot=3"},
			[]string{"01:00.0", "02:00.0 path=" + port1 + " serial=" + serialA + " mac=" + macA + " slot=3"},
			[]string{"in place 0000:02:00.0 by serial number"},
		},
		{
			"nothing but the address", []string{"only 02:00.0", "only 03:00.0"}, []string{"02:00.0 id=ffff:0001"},
			[]string{"in place 0000:02:00.0 by address", "absent"},
		},
		{
			"address and ids", []string{"only 02:00.0 id=8086:1521", "only 03:00.0 id=8086:1521"}, []string{"02:00.0", "03:00.0 id=10ec:8168"},
			[]string{"in place 0000:02:00.0 by address and IDs", "another 0000:03:00.0, ID 10ec:8168 for 8086:1521"},
		},
		{
			"the bus numbers moved", []string{"02:00.0 path=" + port1}, []string{"02:00.0 path=" + port2 + " id=144d:a808", "03:00.0 path=" + port1},
			[]string{"moved 0000:03:00.0 by path from its root port"},
		},
		{
			"a twin is at the old address", []string{"02:00.0 path=" + port1}, []string{"02:00.0 path=" + port2, "03:00.0 path=" + port1},
			[]string{"moved 0000:03:00.0 by path from its root port"},
		},
		{
			"twins that swapped addresses", []string{"02:00.0 path=" + port1, "03:00.0 path=" + port2},
			[]string{"02:00.0 path=" + port2, "03:00.0 path=" + port1},
			[]string{"moved 0000:03:00.0 by path from its root port", "moved 0000:02:00.0 by path from its root port"},
		},
		{
			"twins that swapped slots", []string{"02:00.0 path=" + port1 + " serial=" + serialA}, []string{
				"02:00.0 path=" + port1 + " serial=" + serialB, "03:00.0 path=" + port2 + " serial=" + serialA,
			},
			[]string{"moved 0000:03:00.0 by serial number, path 0000:00:1c.4/00.0 for 0000:00:1c.0/00.0"},
		},
		{
			"the card was pulled, its twin was not", []string{"02:00.0 path=" + port1}, []string{"02:00.0 path=" + port2},
			[]string{"ambiguous or 0000:02:00.0"},
		},
		{
			"the card was pulled, its twin elsewhere was not", []string{"02:00.0 path=" + port1}, []string{"03:00.0 path=" + port2},
			[]string{"ambiguous or 0000:03:00.0"},
		},
		{
			"pulled, and its twin is declared too", []string{"02:00.0 path=" + port1, "03:00.0 path=" + port2}, []string{"02:00.0 path=" + port2},
			[]string{"absent", "moved 0000:02:00.0 by path from its root port"},
		},
		{
			"pulled, and several of its kind", []string{"02:00.0 path=" + port1}, []string{"03:00.0", "04:00.0", "05:00.0"},
			[]string{"ambiguous or 0000:03:00.0 or 0000:04:00.0 or 0000:05:00.0"},
		},
		{
			"pulled, and those of its kind have other serial numbers", []string{"02:00.0 path=" + port1 + " serial=" + serialA},
			[]string{"03:00.0 serial=" + serialB, "04:00.0 serial=" + serialB},
			[]string{"absent"},
		},
		{
			"nothing", []string{"02:00.0"}, nil, []string{"absent"},
		},
		{
			"another card in its slot", []string{"02:00.0 path=" + port1}, []string{"03:00.0 path=" + port1 + " id=10ec:8168"},
			[]string{"another 0000:03:00.0, ID 10ec:8168 for 8086:1521"},
		},
		{
			"another of the same kind in its slot, by its serial number", []string{"02:00.0 path=" + port1 + " serial=" + serialA},
			[]string{"02:00.0 path=" + port1 + " serial=" + serialB, "03:00.0 path=" + port2},
			[]string{"another 0000:02:00.0, serial number 00-1b-21-ff-ff-00-00-0b for 00-1b-21-ff-ff-00-00-0a or 0000:03:00.0"},
		},
		{
			"another of the same kind, by its MAC address", []string{"02:00.0 mac=" + macA}, []string{"02:00.0 mac=" + macB},
			[]string{"another 0000:02:00.0, MAC address 00:1b:21:00:00:0b for 00:1b:21:00:00:0a"},
		},
		{
			"hidden: no MAC address shows", []string{"02:00.0 mac=" + macA}, []string{"02:00.0"}, []string{"in place 0000:02:00.0 by path from its root port"},
		},
		{
			"found by its MAC address", []string{"02:00.0 path=" + port1 + " mac=" + macA}, []string{"02:00.0 mac=" + macB + " path=" + port1, "03:00.0 mac=" + macA},
			[]string{"moved 0000:03:00.0 by MAC address, path 0000:03:00.0 for 0000:00:1c.0/00.0"},
		},
		{
			"firmware changed the subsystem", []string{"02:00.0"}, []string{"02:00.0 subsystem=8086:0002"},
			[]string{"another 0000:02:00.0, subsystem 8086:0002 for 8086:0001"},
		},
		{
			"firmware changed the subsystem, and the serial number is known", []string{"02:00.0 serial=" + serialA}, []string{"02:00.0 serial=" + serialA + " subsystem=8086:0002"},
			[]string{"in place 0000:02:00.0 by serial number, subsystem 8086:0002 for 8086:0001"},
		},
		{
			"firmware changed the class", []string{"02:00.0"}, []string{"02:00.0 class=010601"},
			[]string{"in place 0000:02:00.0 by path from its root port, class 010601 for 020000"},
		},
		{
			"firmware changed the ids, and the serial number is known", []string{"02:00.0 serial=" + serialA}, []string{"02:00.0 serial=" + serialA + " id=8086:1522"},
			[]string{"another 0000:02:00.0, ID 8086:1522 for 8086:1521"},
		},
		{
			"a class and no ids", []string{"only 02:00.0 class=020000", "only 03:00.0 class=020000"}, []string{"02:00.0", "03:00.0 class=010601"},
			[]string{"in place 0000:02:00.0 by address and IDs", "another 0000:03:00.0, class 010601 for 020000"},
		},
		{
			"one serial number for all functions", []string{"02:00.1 serial=" + serialA}, []string{"03:00.0 serial=" + serialA, "03:00.1 serial=" + serialA},
			[]string{"moved 0000:03:00.1 by serial number, path 0000:03:00.1 for 0000:02:00.1"},
		},
		{
			"one MAC address for all functions, and the declared one is hidden", []string{"02:00.1 path=" + port1 + " mac=" + macA},
			[]string{"02:00.0 mac=" + macA, "02:00.1 path=" + port1},
			[]string{"in place 0000:02:00.1 by path from its root port"},
		},
		{
			"one serial number for all cards", []string{"02:00.0 path=" + port1 + " serial=" + serialA},
			[]string{"03:00.0 path=" + port1 + " serial=" + serialA, "04:00.0 path=" + port2 + " serial=" + serialA},
			[]string{"moved 0000:03:00.0 by serial number"},
		},
		{
			"one serial number for all cards, elsewhere", []string{"02:00.0 serial=" + serialA}, []string{"03:00.0 serial=" + serialA, "04:00.0 serial=" + serialA},
			[]string{"ambiguous or 0000:03:00.0 or 0000:04:00.0"},
		},
		{
			"the firmware renumbered its ports", []string{"02:00.0 path=" + port1 + " slot=3"},
			[]string{"02:00.0 path=" + port1 + " slot=4", "03:00.0 path=" + port2 + " slot=3"},
			[]string{"ambiguous or 0000:02:00.0 or 0000:03:00.0"},
		},
		{
			"the firmware renumbered its ports, no twin", []string{"02:00.0 path=" + port1 + " slot=3"},
			[]string{"02:00.0 path=" + port1 + " slot=4 id=10ec:8168", "03:00.0 path=" + port2 + " slot=3"},
			[]string{"moved 0000:03:00.0 by slot, path 0000:00:1c.4/00.0 for 0000:00:1c.0/00.0"},
		},
		{
			"nothing but the address, and others are there", []string{"only 03:00.0"}, []string{"02:00.0", "04:00.0"},
			[]string{"absent"},
		},
		{
			"functions in one slot", []string{"only 02:00.1 id=8086:1521 slot=3"}, []string{"03:00.0 slot=3", "03:00.1 slot=3"},
			[]string{"moved 0000:03:00.1 by slot"},
		},
		{
			"at its address, in another slot", []string{"only 02:00.0 id=8086:1521 slot=3"}, []string{"02:00.0 slot=4"},
			[]string{"ambiguous or 0000:02:00.0"},
		},
		{
			"at its address, and no slots are known", []string{"only 02:00.0 id=8086:1521 slot=3"}, []string{"02:00.0"},
			[]string{"in place 0000:02:00.0 by address and IDs"},
		},
		{
			"two declarations of one device", []string{"02:00.0 path=" + port1, "03:00.0 path=" + port1}, []string{"02:00.0 path=" + port1},
			[]string{"claimed 0000:02:00.0 as at line 2", "claimed 0000:02:00.0 as at line 1"},
		},
		{
			"one that moved to where another was", []string{"only 03:00.0", "02:00.0 path=" + port1}, []string{"03:00.0 path=" + port1},
			[]string{"claimed 0000:03:00.0 as at line 2, lost", "moved 0000:03:00.0 by path from its root port"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var list []Declared
			for i, line := range test.declared {
				list = append(list, declared(t, line, i+1))
			}
			var there []Present
			for _, line := range test.present {
				there = append(there, present(t, line))
			}
			var got []string
			for i, m := range Match(list, there) {
				got = append(got, facts(m))
				if diff := cmp.Diff(list[i], m.Declared); diff != "" {
					t.Error(diff)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMatchProperties draws machines and lists at random: a device is found for
// one declaration at most, those that do not get it do not say they did, and the
// order of the devices that are there does not count.
func TestMatchProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	some := func(key string, values ...string) string {
		if n := random.IntN(len(values) + 1); n < len(values) {
			return " " + key + "=" + values[n]
		}
		return ""
	}
	draw := func() string {
		return fmt.Sprintf("%02x:00.%d", 2+random.IntN(3), random.IntN(2)) + some("path", port1, port2) + some("serial", serialA, serialB) +
			some("mac", macA, macB) + some("slot", "3", "4") + some("subsystem", "8086:0002") + some("id", "10ec:8168")
	}
	outcomes := map[Outcome]int{}
	for range 5000 {
		var list []Declared
		for i := range 1 + random.IntN(3) {
			list = append(list, declared(t, draw(), i+1))
		}
		there := map[pci.Address]Present{}
		for range random.IntN(5) {
			p := present(t, draw())
			for _, other := range there {
				if other.Path == p.Path { // no two are in one place
					p.Path = p.Address.String()
				}
			}
			there[p.Address] = p
		}
		var order []Present
		for _, a := range slices.SortedFunc(maps.Keys(there), pci.Address.Compare) {
			order = append(order, there[a])
		}
		found := Match(list, order)
		taken := map[pci.Address]bool{}
		for _, m := range found {
			outcomes[m.Outcome]++
			if !m.Found() {
				continue
			}
			if p := there[m.Now]; taken[m.Now] || *m.ID != p.ID() || contradicts(m.Device, p) {
				t.Errorf("%+v of %+v: %s", list, order, m)
			}
			taken[m.Now] = true
		}
		for _, m := range found {
			for _, candidate := range m.Candidates {
				if m.Outcome == Another && taken[candidate] {
					t.Errorf("%+v of %+v: %s", list, order, m)
				}
			}
		}
		slices.Reverse(order)
		for i, m := range Match(list, order) {
			slices.SortFunc(m.Candidates, pci.Address.Compare)
			slices.SortFunc(found[i].Candidates, pci.Address.Compare)
			if diff := cmp.Diff(found[i], m); diff != "" {
				t.Errorf("%+v of %+v: %s", list, order, diff)
			}
		}
	}
	for outcome := InPlace; outcome <= Claimed; outcome++ {
		if outcomes[outcome] < 50 {
			t.Errorf("the outcome %d came %d times only", outcome, outcomes[outcome])
		}
	}
}
