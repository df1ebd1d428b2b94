package pciback_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func ExampleParseSlots() {
	slots := pciback.ParseSlots([]byte("0000:00:09.0\n10000:e1:00.0\n"))
	fmt.Println(slots.Addresses, slots.Of(pci.Address{Slot: 9}), slots.Of(pci.Address{Slot: 10}))
	// Output: [0000:00:09.0 10000:e1:00.0] registered absent
}

// page is what the kernel shows of many slots: 4095 bytes, whatever there is.
func page(lines int) []byte {
	var all strings.Builder
	for i := range lines {
		fmt.Fprintf(&all, "%s\n", slot(i))
	}
	content := all.String()
	return []byte(content[:min(len(content), 4095)])
}

// slot is the nth address of two buses' worth of wildcard slots.
func slot(n int) pci.Address {
	return pci.Address{Bus: uint8(n >> 8), Slot: uint8(n >> 3 & 0x1f), Function: uint8(n & 7)}
}

func slotsUpTo(n int) []pci.Address {
	var all []pci.Address
	for i := range n {
		all = append(all, slot(i))
	}
	return all
}

func TestParseSlots(t *testing.T) {
	vmd := pci.Address{Domain: 0x10000, Bus: 0xe1}
	for _, test := range []struct {
		name    string
		content []byte
		want    pciback.Slots
	}{
		{"none", nil, pciback.Slots{}},
		{"one", []byte("0000:00:09.0\n"), pciback.Slots{Addresses: []pci.Address{nine}}},
		{"in the kernel's order", []byte("0000:00:09.0\n0000:00:04.0\n"),
			pciback.Slots{Addresses: []pci.Address{nine, {Slot: 4}}}},
		{"no newline at the end", []byte("0000:00:09.0"), pciback.Slots{Addresses: []pci.Address{nine}}},
		{"domain of five digits", []byte("10000:e1:00.0\n"), pciback.Slots{Addresses: []pci.Address{vmd}}},
		{"what is no address hides nothing", []byte("garbage\n\n00:09.0\n0000:00:09.0 \n0000:00:09.0\n"),
			pciback.Slots{Addresses: []pci.Address{nine}}},
		{"one bus", page(256), pciback.Slots{Addresses: slotsUpTo(256)}},
		{"room for one more", page(314), pciback.Slots{Addresses: slotsUpTo(314)}},
		{"a full page", page(315), pciback.Slots{Addresses: slotsUpTo(315), Cut: true}},
		{"two buses, as measured", page(512), pciback.Slots{Addresses: slotsUpTo(315), Cut: true}},
		{"the page ends before a newline", append([]byte("10000:e1:00.0\n"), page(512)[:4081]...),
			pciback.Slots{Addresses: append([]pci.Address{vmd}, slotsUpTo(314)...), Cut: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, pciback.ParseSlots(test.content)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSlotsOf(t *testing.T) {
	cut, whole := pciback.ParseSlots(page(512)), pciback.ParseSlots(page(256))
	for _, test := range []struct {
		name  string
		slots pciback.Slots
		of    pci.Address
		want  pciback.SlotState
	}{
		{"shown in a cut list", cut, slot(314), pciback.SlotRegistered},
		{"behind the cut", cut, slot(315), pciback.SlotUnknown},
		{"never registered, but the list is cut", cut, pci.Address{Bus: 0x40}, pciback.SlotUnknown},
		{"not in a whole list", whole, slot(256), pciback.SlotAbsent},
		{"in a whole list", whole, slot(0), pciback.SlotRegistered},
		{"another domain", whole, pci.Address{Domain: 1}, pciback.SlotAbsent},
		{"no pciback", pciback.Slots{}, nine, pciback.SlotAbsent},
		{"a list that could not be read", pciback.Slots{Unread: true}, nine, pciback.SlotUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.slots.Of(test.of); got != test.want {
				t.Errorf("%s is %s, want %s", test.of, got, test.want)
			}
		})
	}
}

// TestSlotsUnread: where the list cannot be read, no slot is absent.
func TestSlotsUnread(t *testing.T) {
	h, d := machine(t, "qemu")
	slots := filepath.Join(h.Root, "sys/bus/pci/drivers/pciback/slots")
	must(t, os.Remove(slots))
	must(t, os.Mkdir(slots, 0o755))
	got, err := d.Slots()
	if err == nil || got.Of(nine) != pciback.SlotUnknown {
		t.Errorf("%s is %s, %v", nine, got.Of(nine), err)
	}
}

func TestSlotText(t *testing.T) {
	for _, test := range []struct {
		slot pciback.SlotState
		json string
	}{
		{pciback.SlotAbsent, `"absent"`},
		{pciback.SlotRegistered, `"registered"`},
		{pciback.SlotUnknown, `"unknown"`},
	} {
		t.Run(test.slot.String(), func(t *testing.T) {
			text, err := json.Marshal(test.slot)
			if err != nil || string(text) != test.json {
				t.Errorf("%s, %v; want %s", text, err, test.json)
			}
			back := pciback.SlotState(0xff)
			if err := json.Unmarshal(text, &back); err != nil || back != test.slot {
				t.Errorf("read back: %v, %v; want %v", back, err, test.slot)
			}
		})
	}
	var slot pciback.SlotState
	if err := json.Unmarshal([]byte(`"from a later version"`), &slot); err != nil || slot != pciback.SlotUnknown {
		t.Errorf("another word is %v, %v; want unknown", slot, err)
	}
}

func FuzzParseSlots(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		slots := pciback.ParseSlots(content)
		var again strings.Builder
		for _, a := range slots.Addresses {
			if !strings.Contains(string(content), a.String()) {
				t.Errorf("%s is not in it", a)
			}
			if slots.Of(a) != pciback.SlotRegistered {
				t.Errorf("%s is %s in its own list", a, slots.Of(a))
			}
			again.WriteString(a.String() + "\n")
		}
		if got := pciback.ParseSlots([]byte(again.String())).Addresses; !slices.Equal(got, slots.Addresses) {
			t.Errorf("%v, read again: %v", slots.Addresses, got)
		}
	})
}
