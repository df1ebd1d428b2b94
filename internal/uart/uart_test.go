package uart_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/uart"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestParse(t *testing.T) {
	t.Parallel()
	at := pci.Address{Bus: 3}
	for _, test := range []struct {
		config string
		want   uart.Port
		base   uint64 // of Address
		tty    string
	}{
		{"115200,8n1", uart.Port{Name: "com1", Speed: 115200, Format: "8n1"}, 0x3f8, "ttyS0"},
		{"9600", uart.Port{Name: "com1", Speed: 9600, Format: "8n1"}, 0x3f8, "ttyS0"},
		{"", uart.Port{Name: "com1", Format: "8n1"}, 0x3f8, "ttyS0"},
		{"auto,8n1", uart.Port{Name: "com1", Format: "8n1"}, 0x3f8, "ttyS0"},
		{"57600/1843200,7e2", uart.Port{Name: "com1", Speed: 57600, Format: "7e2"}, 0x3f8, "ttyS0"},
		{"115200,,0x2f8,3", uart.Port{Name: "com1", Speed: 115200, Format: "8n1", Base: 0x2f8}, 0x2f8, "ttyS1"},
		{"115200,8n1,pci,0", uart.Port{Name: "com1", Speed: 115200, Format: "8n1", Search: "pci"}, 0, ""},
		{"115200,8n1,amt", uart.Port{Name: "com1", Speed: 115200, Format: "8n1", Search: "amt"}, 0, ""},
		{"115200,8n1,0xe000,17,3:0.0", uart.Port{Name: "com1", Speed: 115200, Format: "8n1", Base: 0xe000, At: &at}, 0xe000, ""},
		{"baud=19200,parity=even,data-bits=7,stop-bits=2,dev=pci,port=03:00.0", uart.Port{Name: "com1", Speed: 19200, Format: "7e2", Search: "pci", At: &at}, 0, ""},
		{"230400,8n1", uart.Port{Name: "com1", Format: "8n1", Fault: uart.BadSpeed}, 0x3f8, "ttyS0"},
		{"nonsense", uart.Port{Name: "com1", Format: "8n1", Fault: uart.BadSpeed}, 0x3f8, "ttyS0"},
		{"115200,8n", uart.Port{Name: "com1", Speed: 115200, Format: "8n", Fault: uart.BadFormat}, 0x3f8, "ttyS0"},
		{"115200,n81", uart.Port{Name: "com1", Speed: 115200, Format: "n81", Fault: uart.BadFormat}, 0x3f8, "ttyS0"},
		{"115200,8x1", uart.Port{Name: "com1", Speed: 115200, Format: "8x1", Fault: uart.BadFormat}, 0x3f8, "ttyS0"},
	} {
		got := uart.Parse("com1", test.config)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.config, diff)
		}
		if got.Address() != test.base || got.TTY() != test.tty {
			t.Errorf("%q: %#x, %q", test.config, got.Address(), got.TTY())
		}
	}
	if p := uart.Unset("com2"); p.Address() != uart.COM2 || p.TTY() != "ttyS1" {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]string{"com1", "vga", "com2"}, uart.Consoles("com1H,vga,com2L")); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, config := range []string{"115200,8n1", "auto,8n1,amt,0", "115200,8n1,0xe000,17,3:0.0", "baud=9600,dev=pci,port=1:0.0", ",,,,", "1200,\xff"} {
		f.Add(config)
	}
	f.Fuzz(func(t *testing.T, config string) {
		p := uart.Parse("com1", config)
		if p.Speed != 0 && (p.Speed < 1200 || p.Speed > 115200) || p.At != nil && !p.At.Valid() {
			t.Errorf("%+v", p)
		}
	})
}
