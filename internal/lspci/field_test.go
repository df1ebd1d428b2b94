package lspci

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	all := fewNames{vendor: "3Com", device: "3c905B", subsystem: "Fast"}
	type fields struct{ Vendor, Model, SubVendor, SubDevice string }
	for _, test := range []struct {
		name  string
		names Names
		ids   IDs
		want  fields
	}{
		{"known", all, ByName, fields{"3Com", "3c905B", "3Com", "Fast"}},
		{"known -n", all, Numeric, fields{"10b7", "9055", "1028", "0080"}},
		{"known -nn", all, NameAndID, fields{"3Com [10b7]", "3c905B [9055]", "3Com [1028]", "Fast [0080]"}},
		{"unknown", nil, ByName, fields{"Vendor 10b7", "Device 9055", "Unknown vendor 1028", "Device 0080"}},
		{"unknown -n", nil, Numeric, fields{"10b7", "9055", "1028", "0080"}},
		{"unknown -nn", nil, NameAndID, fields{"Vendor [10b7]", "Device [9055]", "Unknown vendor [1028]", "Device [0080]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFormatter(Options{IDs: test.ids, Names: test.names})
			got := fields{f.vendor(0x10b7), f.model(0x10b7, 0x9055), f.subVendor(0x1028), f.subDevice(0x10b7, 0x9055, 0x1028, 0x80)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The limit is one of bytes: a letter of two may lose its second.
func TestLongFieldsAreCut(t *testing.T) {
	for _, test := range []struct {
		name         string
		vendor, want string
		ids          IDs
		limit        int
	}{
		{"fits", strings.Repeat("x", 255), strings.Repeat("x", 255), ByName, 0},
		{"one too long", strings.Repeat("x", 256), strings.Repeat("x", 252) + "...", ByName, 0},
		{"with its id", strings.Repeat("x", 249), strings.Repeat("x", 249) + " [...", NameAndID, 254},
		{"in a letter", strings.Repeat("é", 64), strings.Repeat("é", 62) + "...", ByName, 127},
		{"after half a letter", "x" + strings.Repeat("é", 64), "x" + strings.Repeat("é", 61) + "\xc3...", ByName, 127},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFormatter(Options{IDs: test.ids, Names: fewNames{vendor: test.vendor}, limit: test.limit})
			if diff := cmp.Diff(test.want, f.vendor(1)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
