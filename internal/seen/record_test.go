package seen

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/pkg/pci"
)

const recordText = `{
  "identity": {
    "address": "0000:02:00.0",
    "class": "020000",
    "id": "8086:1521",
    "mac": "00:1b:21:aa:bb:cc",
    "path": "0000:00:1c.0/00.0",
    "serial": "00-1b-21-ff-ff-aa-bb-cc",
    "slot": "3",
    "subsystem": "8086:0001"
  },
  "order": 7,
  "interfaces": [
    {
      "name": "enp2s0",
      "renamed": true,
      "mac": "00:1b:21:aa:bb:cc",
      "speed": 1000
    }
  ],
  "disks": [
    {
      "name": "sda",
      "model": "A \u003cdisk\u003e",
      "serial": "S1",
      "wwn": "naa.5000c500a1b2c3d4",
      "size": 1000204886016
    }
  ]
}
`

func TestRecord(t *testing.T) {
	class := pci.Class(0x020000)
	want := Record{
		Identity: config.Device{
			Address: addresses(t, "02:00.0")[0], ID: &config.ID{Vendor: 0x8086, Device: 0x1521}, Subsystem: &config.ID{Vendor: 0x8086, Device: 1}, Class: &class,
			Path: "0000:00:1c.0/00.0", Serial: "00-1b-21-ff-ff-aa-bb-cc", MAC: "00:1b:21:aa:bb:cc", Slot: "3",
		},
		Order: 7,
		Card: Card{
			Interfaces: []Interface{{Name: "enp2s0", Renamed: true, MAC: "00:1b:21:aa:bb:cc", Speed: 1000}},
			Disks:      []Disk{{Name: "sda", Model: "A <disk>", Serial: "S1", WWN: "naa.5000c500a1b2c3d4", Size: 1000204886016}},
		},
	}
	got, err := ParseRecord([]byte(recordText))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	printed, err := want.Print()
	if diff := cmp.Diff(recordText, string(printed)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestParseRecordRefuses(t *testing.T) {
	for _, test := range []struct{ name, old, other string }{
		{"a key that is not known", `"order"`, `"place": 1, "order"`},
		{"a key of the identity that is not known", `"slot"`, `"room"`},
		{"no address", `"address": "0000:02:00.0",`, ""},
		{"a bad value", `"00-1b-21-ff-ff-aa-bb-cc"`, `"12"`},
		{"another type", `"8086:1521"`, `8086`},
		{"no boolean", `"slot": "3"`, `"permissive": "maybe"`},
		{"a negative size", "1000204886016", "-1"},
		{"cut", "\n}\n", "\n"},
		{"more", "\n}\n", "\n} {}\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(recordText, test.old, test.other, 1)
			if r, err := ParseRecord([]byte(text)); err == nil || text == recordText {
				t.Errorf("%+v is taken for a record", r)
			}
		})
	}
}

// TestPrintIsBounded has the largest card fit into a file.
func TestPrintIsBounded(t *testing.T) {
	long := strings.Repeat("<", maxText)
	r := Record{Identity: config.Device{Path: strings.Repeat("0", 2000)}}
	for range maxParts {
		r.Interfaces = append(r.Interfaces, Interface{long, true, long, maxSpeed})
		r.Disks = append(r.Disks, Disk{long, long, long, long, 1<<64 - 1})
	}
	if content, err := r.Print(); err != nil || len(content) > maxRecord {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}

func TestName(t *testing.T) {
	d := config.Device{Address: addresses(t, "02:00.1")[0], ID: &config.ID{Vendor: 0x8086, Device: 0x1521}, Path: "0000:00:1c.0/+1:00.1"}
	mac, serial := d, d
	mac.MAC, serial.Serial = "00:1b:21:aa:bb:cc", "00-1b-21-ff-ff-aa-bb-cc"
	deep := d
	deep.Path = "0000:00:1c.0" + strings.Repeat("/00.0", 100)
	for _, test := range []struct {
		d    config.Device
		want string
	}{
		{d, "8086-1521_0000-00-1c.0_+1-00.1.json"},
		{mac, "8086-1521_00-1b-21-aa-bb-cc_1.json"},
		{serial, "8086-1521_00-1b-21-ff-ff-aa-bb-cc_1.json"},
		{config.Device{}, "unknown_.json"},
	} {
		if got := (Record{Identity: test.d}).name(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	if got := (Record{Identity: deep}).name(); len(got) != maxName+len(suffix) {
		t.Errorf("%q", got)
	}
}

// FuzzParseRecord wants of any text: no panic, and a record that is printed and read
// back the same.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(recordText))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRecord(text)
		if err != nil {
			return
		}
		printed, err := r.Print()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRecord(printed)
		if diff := cmp.Diff(r, again); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if strings.ContainsAny(r.name(), "/\x00\n") {
			t.Errorf("the name %q", r.name())
		}
	})
}
