package grub

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       Terminal
	}{
		{"none", "menuentry x {\n\tserial\n\tterminal_output serial\n}\n", Terminal{}},
		{
			"as 00_header writes it", "serial --unit=1 --speed=57600 --word=8 --parity=no --stop=1\nterminal_input console serial\nterminal_output console serial\n",
			Terminal{Input: []string{"console", "serial"}, Output: []string{"console", "serial"}, Serial: []SerialPort{{Unit: 1, Speed: 57600, Line: 1}}, InputLine: 2, OutputLine: 3},
		},
		{"short options", "serial -u 1 -s 38400 -w 8\n", Terminal{Serial: []SerialPort{{Unit: 1, Speed: 38400, Line: 1}}}},
		{"an address", "serial --port=0x2f8\n", Terminal{Serial: []SerialPort{{Unit: -1, Address: 0x2f8, Speed: 9600, Line: 1}}}},
		{"the usual", "serial\n", Terminal{Serial: []SerialPort{{Speed: 9600, Line: 1}}}},
		{"a name", "serial com1 --speed=115200\nserial port2f8\nserial pci,00:16.3\n", Terminal{Serial: []SerialPort{{Unit: 1, Speed: 115200, Line: 1}, {Unit: -1, Address: 0x2f8, Speed: 9600, Line: 2}, {Unit: -1, Speed: 9600, Line: 3}}}},
		{"append and remove", "terminal_output gfxterm\nterminal_output --append serial_com0\nterminal_output --remove gfxterm\nterminal_output\n", Terminal{Output: []string{"serial_com0"}, OutputLine: 4}},
		{"under a condition", "if serial --speed=9600; then\n\tterminal_output serial\nfi\n", Terminal{Output: []string{"serial"}, Serial: []SerialPort{{Speed: 9600, Line: 1}}, OutputLine: 2}},
	} {
		config, err := ParseConfig([]byte(test.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, config.Terminal()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestLegacyTerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       Terminal
	}{
		{"none", "default 0\ntitle x\nserial --unit=0\n", Terminal{}},
		{
			"both", "serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\nterminal --timeout=10 serial console\ntitle x\nkernel /x\n",
			Terminal{Input: []string{"serial", "console"}, Output: []string{"serial", "console"}, Serial: []SerialPort{{Speed: 115200, Line: 1}}, InputLine: 2, OutputLine: 2},
		},
		{"only options", "terminal --dumb\n", Terminal{}},
	} {
		if diff := cmp.Diff(test.want, ParseMenuList([]byte(test.text)).Terminal()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// FuzzTerminal reads the commands of any file.
func FuzzTerminal(f *testing.F) {
	f.Add("serial --unit=0 --speed 115200 com1 --port=x\nterminal_input --append serial\nterminal --timeout=10 serial console\n")
	f.Fuzz(func(t *testing.T, text string) {
		terminals := []Terminal{ParseMenuList([]byte(text)).Terminal()}
		if config, err := ParseConfig([]byte(text), nil); err == nil {
			terminals = append(terminals, config.Terminal())
		}
		for _, terminal := range terminals {
			for _, p := range terminal.Serial {
				if p.Line < 1 || p.Unit < -1 || p.Speed < 0 {
					t.Errorf("%+v", p)
				}
			}
		}
	})
}
