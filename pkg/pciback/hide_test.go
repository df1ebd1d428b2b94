package pciback_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestParseHide has what Linux 6.1 did with each value, but for the
// rows from source.
func TestParseHide(t *testing.T) {
	nine, four := pciback.HideGroup{Slot: 9}, pciback.HideGroup{Slot: 4}
	tests := []struct {
		value string
		want  pciback.Hide
		at    int // of an error
		cause string
	}{
		{value: ""},
		{value: "(00:09.0)", want: pciback.Hide{nine}},
		{value: "(00:09.0)(00:04.0)", want: pciback.Hide{nine, four}},
		{value: "(00:09.0) (00:04.0)", want: pciback.Hide{nine, four}},
		{value: " (00:09.0)\t\n(00:04.0) ", want: pciback.Hide{nine, four}},
		{value: "(0000:00:09.0)(0000:00:04.0)", want: pciback.Hide{nine, four}},
		{value: "(00:09.*)", want: pciback.Hide{{Slot: 9, Function: pciback.Any}}},
		{value: "(0001:02:09.*)", want: pciback.Hide{{Domain: 1, Bus: 2, Slot: 9, Function: pciback.Any}}},
		{value: "(01:*.*)", want: pciback.Hide{{Bus: 1, Slot: pciback.Any, Function: pciback.Any}}},
		{value: "(0000:01:*.*)", want: pciback.Hide{{Bus: 1, Slot: pciback.Any, Function: pciback.Any}}},
		{value: "(00:0A.0)", want: pciback.Hide{{Slot: 10}}},
		{value: "(00:09.0)(00:09.0)", want: pciback.Hide{nine, nine}},
		{value: "(ffff:ff:1f.7)", want: pciback.Hide{{Domain: 0xffff, Bus: 0xff, Slot: 31, Function: 7}}},
		{value: "(00:09.0)\x00garbage", want: pciback.Hide{nine}},
		// from source
		{value: "( 0: 0x9. 0)", want: pciback.Hide{nine}},
		{value: "(00:09.0x)", want: pciback.Hide{nine}},
		{value: "(100000000:00:09.0)", want: pciback.Hide{nine}},
		{value: "(00:ffffffff.0)", want: pciback.Hide{{Slot: pciback.Any}}},
		{value: "(00:09.0)\xa0(00:04.0)", want: pciback.Hide{nine, four}},

		{value: "00:09.0", cause: "not (domain:bus:slot.function)"},
		{value: "(00:09.0", cause: "not (domain:bus:slot.function)"},
		{value: "(00:09.0),(00:04.0)", at: 9, cause: "not (domain:bus:slot.function)"},
		{value: "(00:09.0)x", at: 9, cause: "not (domain:bus:slot.function)"},
		{value: "( 00:09.0 )", cause: "not (domain:bus:slot.function)"},
		{value: "((00:09.0))", cause: "not (domain:bus:slot.function)"},
		{value: "(00:09.0)(garbage)", at: 9, cause: "not (domain:bus:slot.function)"},
		{value: "'(00:09.0)(00:04.0)'", cause: "not (domain:bus:slot.function)"},
		{value: "(00:*.0)", cause: "not (domain:bus:slot.function)"},
		{value: "(*:*.*)", cause: "not (domain:bus:slot.function)"},
		{value: "(00:09:0)", cause: "not (domain:bus:slot.function)"},
		{value: "()", cause: "not (domain:bus:slot.function)"},
		{value: " ", cause: "not (domain:bus:slot.function)"},
		{value: "(00:20.0)", cause: "slot 20 is more than 1f"},
		{value: "(00:09.0) (00:09.8)", at: 10, cause: "function 8 is more than 7"},
		{value: "(100:00.0)", cause: "bus 100 is more than ff"},
		{value: "(10000:00:00.0)", cause: "domain 10000 is more than ffff"},
		{value: strings.Repeat("(0000:00:09.0)", 74), at: pciback.MaxHide, cause: "longer than 1024"},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			got, err := pciback.ParseHide(tt.value)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var bad *pciback.HideError
			if errors.As(err, &bad) != (tt.cause != "") {
				t.Fatalf("error %v", err)
			}
			if bad != nil && (bad.At != tt.at || bad.Value != tt.value || !strings.Contains(err.Error(), tt.cause)) {
				t.Errorf("at %d: %v, want %q at %d", bad.At, err, tt.cause, tt.at)
			}
		})
	}
}

func TestHideAddresses(t *testing.T) {
	h := pciback.Hide{{Slot: 9}, {Slot: 9, Function: pciback.Any}, {Bus: 1, Slot: pciback.Any, Function: pciback.Any}}
	got := h.Addresses()
	if len(got) != 8+256 || got[0] != (pci.Address{Slot: 9}) || got[7] != (pci.Address{Slot: 9, Function: 7}) {
		t.Errorf("%d addresses: %v", len(got), got[:min(len(got), 8)])
	}
	for _, a := range got {
		if !h.Has(a) {
			t.Errorf("%s is not in %s", a, h)
		}
	}
	for _, a := range []pci.Address{{Slot: 10}, {Domain: 1, Slot: 9}, {Domain: 0x10000, Slot: 9}, {Bus: 2, Slot: 9}} {
		if h.Has(a) {
			t.Errorf("%s is in %s", a, h)
		}
	}
}

func TestHideOf(t *testing.T) {
	nine, four := pci.Address{Slot: 9}, pci.Address{Domain: 1, Bus: 0xab, Slot: 4, Function: 7}
	got, err := pciback.HideOf(nine, four, nine)
	if want := "(0000:00:09.0)(0001:ab:04.7)"; err != nil || got.String() != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := pciback.HideOf(); got.String() != "" || err != nil {
		t.Errorf("of none: %q, %v", got, err)
	}
	var domain *pciback.DomainError
	if _, err := pciback.HideOf(pci.Address{Domain: 0x10000}); !errors.As(err, &domain) {
		t.Errorf("of a domain that is too large: %v", err)
	}
	if _, err := pciback.HideOf(pci.Address{Slot: 32}); err == nil {
		t.Error("slot 20 was written")
	}
	var most []pci.Address
	for bus := range uint8(73) {
		most = append(most, pci.Address{Bus: bus})
	}
	if h, err := pciback.HideOf(most...); err != nil || len(h.String()) > pciback.MaxHide {
		t.Errorf("of 73 devices: %d bytes, %v", len(h.String()), err)
	}
}

func FuzzHide(f *testing.F) {
	f.Fuzz(func(t *testing.T, value string) {
		h, err := pciback.ParseHide(value)
		if err != nil {
			var refused *pciback.HideError
			if !errors.As(err, &refused) || refused.Value != value || refused.Reason == "" {
				t.Fatal(err)
			}
			return
		}
		written := h.String()
		if len(written) > pciback.MaxHide {
			return // short spellings become long ones
		}
		again, err := pciback.ParseHide(written)
		if diff := cmp.Diff(h, again); diff != "" || err != nil {
			t.Fatalf("%q is written %q: %v\n%s", value, written, err, diff)
		}
		if len(h) > 8 {
			return
		}
		some := h.Addresses()
		if len(some) > 73 {
			return
		}
		formatted, err := pciback.HideOf(some...)
		if err != nil {
			t.Fatal(err)
		}
		back, err := pciback.ParseHide(formatted.String())
		if diff := cmp.Diff(some, back.Addresses()); diff != "" || err != nil {
			t.Fatalf("%q: %v\n%s", formatted, err, diff)
		}
	})
}
