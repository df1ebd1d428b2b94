package pci_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func TestReadHeaderType(t *testing.T) {
	at := pci.Address{Slot: 9}
	header := func(b byte) string {
		config := make([]byte, 256)
		config[0x0e] = b
		return string(config)
	}
	for _, test := range []struct {
		name, config string
		want         pci.HeaderType
		fails        bool
	}{
		{"device", header(0x00), pci.HeaderDevice, false},
		{"device with more functions", header(0x80), pci.HeaderDevice, false},
		{"bridge", header(0x81), pci.HeaderBridge, false},
		{"CardBus", header(0x02), pci.HeaderCardBus, false},
		{"cut short", "\x86\x80", 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := tree{files: map[string]string{links + at.String() + "/config": test.config}}.root(t)
			got, err := pci.ReadHeaderType(root, at)
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
	if _, err := pci.ReadHeaderType(t.TempDir(), at); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no device: %v; want fs.ErrNotExist in its chain", err)
	}
}

func TestAnswers(t *testing.T) {
	at := pci.Address{Slot: 9}
	for _, test := range []struct {
		name, config string
		want         bool
	}{
		{"a device", "\x86\x80\x0e\x10" + strings.Repeat("\x00", 60), true},
		{"a virtual function", "\xff\xff\xff\xff" + strings.Repeat("\x00", 60), true},
		{"nothing but ff", strings.Repeat("\xff", 256), false},
		{"nothing but ff in the header", strings.Repeat("\xff", 64), false},
		{"empty", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := tree{files: map[string]string{links + at.String() + "/config": test.config}}.root(t)
			if got, err := pci.Answers(root, at); got != test.want || err != nil {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
	if _, err := pci.Answers(t.TempDir(), at); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no device: %v; want fs.ErrNotExist in its chain", err)
	}
}

// A bridge keeps its subsystem ids elsewhere, and a device that does not answer
// has none.
func TestIdentityFromConfigOfOthers(t *testing.T) {
	bridge := make([]byte, 64)
	copy(bridge, "\x86\x80\x40\xa3")
	copy(bridge[0x08:], "\xf0\x00\x04\x06")
	bridge[0x0e] = 1
	copy(bridge[0x2c:], "\xff\xff\xff\xff") // the upper half of a window
	silent := make([]byte, 64)
	for i := range silent {
		silent[i] = 0xff
	}
	root := tree{files: map[string]string{
		links + "0000:00:1c.0/config": string(bridge),
		links + "0000:00:1d.0/config": string(silent),
	}}.root(t)
	devices, err := pci.Scan(root)
	want := []pci.Device{{Address: pci.Address{Slot: 0x1c}, Vendor: 0x8086, Device: 0xa340, Class: 0x060400, Revision: 0xf0}}
	if diff := cmp.Diff(want, devices); diff != "" {
		t.Error(diff)
	}
	var broken *pci.DeviceError
	if !errors.As(err, &broken) || broken.Name != "0000:00:1d.0" {
		t.Errorf("%v; want a *DeviceError of 0000:00:1d.0", err)
	}
}

func TestParseOverride(t *testing.T) {
	for text, want := range map[string]string{"pciback": "pciback", "(null)": "", "": ""} {
		if got := pci.ParseOverride(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSubsystem(t *testing.T) {
	for subVendor, want := range map[uint16]bool{0: false, 0xffff: false, 0x1028: true} {
		if _, _, ok := (pci.Device{SubVendor: subVendor, SubDevice: 1}).Subsystem(); ok != want {
			t.Errorf("subsystem vendor %04x: %v; want %v", subVendor, ok, want)
		}
	}
}
