package foreign

import (
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// noGroup is the fact in the reason why pciback rejects a list.
const noGroup = " ... (bus:slot.function)"

func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		name, line, module, devices string
		problems                    []string
	}{
		{name: "as it should be", line: "xen-pciback.hide=(0000:00:09.0)(00:0a.0) quiet", devices: "00:09.0 00:0a.0"},
		{name: "the kernel's other dash", line: "xen_pciback.hide=(00:09.0)", devices: "00:09.0"},
		{name: "a device that is not there", line: "xen-pciback.hide=(05:00.0)", devices: "05:00.0"},
		{
			name: "torn by a blank", line: "xen-pciback.hide=(00:09.0) (00:0a.0) quiet", devices: "00:09.0 00:0a.0",
			problems: []string{"a blank ... (00:0a.0) ... not hidden"},
		},
		{name: "blanks within quotes", line: `xen-pciback.hide="(00:09.0) (00:0a.0)"`, devices: "00:09.0 00:0a.0"},
		{
			name: "twice", line: "xen-pciback.hide=(00:09.0) quiet xen-pciback.hide=(00:0a.0)", devices: "00:09.0 00:0a.0",
			problems: []string{"xen-pciback.hide=(00:09.0) ... no effect ... only the last"},
		},
		{
			name: "under its old name", line: "pciback.hide=(00:09.0)", devices: "00:09.0",
			problems: []string{"pciback.hide=(00:09.0) ... no effect ... module xen-pciback ... xen-pciback.hide="},
		},
		{name: "under its old name, in its time", module: "pciback", line: "pciback.hide=(00:09.0)", devices: "00:09.0"},
		{
			name: "behind two dashes", line: "quiet -- xen-pciback.hide=(00:09.0)", devices: "00:09.0",
			problems: []string{"xen-pciback.hide=(00:09.0) ... after --"},
		},
		{
			name: "without parentheses", line: "xen-pciback.hide=00:09.0,00:0a.0", devices: "00:09.0 00:0a.0",
			problems: []string{`the whole list ... hides nothing ... at "00:09.0,00:0a.0", ` + noGroup},
		},
		{
			name: "commas between", line: "xen-pciback.hide=(00:09.0),(00:0a.0)", devices: "00:09.0 00:0a.0",
			problems: []string{`the whole list ... hides nothing ... at ",(00:0a.0)", ` + noGroup},
		},
		{
			name: "misprinted", line: "xen-pciback.hide=(00:09:0)(00:0a.0)", devices: "00:0a.0",
			problems: []string{
				`the whole list ... hides nothing ... at "(00:09:0)", ` + noGroup,
				`"00:09:0": not a PCI address: no dot and function at its end (bus:slot.function) (did you mean 00:09.0?)`,
			},
		},
		{
			name: "words and words", line: `xen-pciback.hide="(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(00:09.0)"`, devices: "00:09.0",
			problems: slices.Concat(
				[]string{`the whole list ... hides nothing ... at "(a)", ` + noGroup},
				noAddresses("a", "b", "c", "d", "e", "f", "g", "h"), []string{"and 2 more"},
			),
		},
		{
			name: "a slot that cannot be", line: "xen-pciback.hide=(00:09.0)(00:20.0)", devices: "00:09.0",
			problems: []string{
				`the whole list ... hides nothing ... at "(00:20.0)", slot 20 is more than 1f`,
				`"00:20.0": not a PCI address: slot 20 is hexadecimal and at most 1f (did you mean 00:14.0?)`,
			},
		},
		{name: "empty", line: "xen-pciback.hide="},
		{
			name: "all functions", line: "xen-pciback.hide=(00:0b.*)", devices: "00:0b.0 00:0b.1",
		},
		{
			name: "a bus with nothing on it", line: "xen-pciback.hide=(07:*.*)(00:09.0)", devices: "00:09.0",
			problems: []string{"(0000:07:*.*) ... no device"},
		},
		{
			name: "a bridge", line: "xen-pciback.hide=(00:1e.0)", devices: "00:1e.0 04:01.0",
			problems: []string{"0000:00:1e.0 is a bridge ... behind it"},
		},
		{name: "Qubes", line: "rd.qubes.hide_pci=00:09.0,04:01.0", devices: "00:09.0 04:01.0"},
		{
			name: "Qubes, by its own words", line: "rd.qubes.hide_pci=(00:0A.0)", devices: "00:0a.0",
			problems: []string{"Qubes' hook ... lower-case addresses ... commas ... stops the boot"},
		},
		{name: "Qubes, by a path", line: "rd.qubes.hide_pci=00_1e.0-00_01.0,0000_00_09.0", devices: "04:01.0 00:09.0"},
		{
			name: "Qubes, by a path over a bridge whose bus is not known", line: "rd.qubes.hide_pci=00_1d.0-00_01.0",
			problems: []string{`"00_1d.0-00_01.0": cannot tell which bus is behind the bridge 0000:00:1d.0 ... secondary_bus_number`},
		},
		{
			name: "Qubes, by a malformed path", line: "rd.qubes.hide_pci=00_09.0-00_01.0,00_x.0,zz_00.0,ff_1e.0",
			problems: []string{
				"Qubes' hook ... lower-case addresses ... commas ... stops the boot",
				`"00_09.0-00_01.0": ... no bridge ... 0000:00:09.0`,
				`"00_x.0": ... such as 00_1c.0-00_00.0`,
				`"zz_00.0": ... such as 00_1c.0-00_00.0`,
			}, devices: "ff:1e.0",
		},
		{
			name: "Qubes, USB", line: "rd.qubes.hide_all_usb rd.qubes.hide_pci=00:09.0,00:0a.0 rd.qubes.dom0_usb=00:0a.0", devices: "00:09.0",
			problems: []string{
				"rd.qubes.hide_all_usb names no device ... USB controllers",
				"0000:00:0a.0 stays in dom0 ... rd.qubes.dom0_usb=",
			},
		},
		{
			name: "Qubes, twice", line: "rd.qubes.hide_pci=00:09.0 rd.qubes.hide_pci=00:0a.0", devices: "00:09.0 00:0a.0",
			problems: []string{"rd.qubes.hide_pci= ... only the last"},
		},
	} {
		source{name: test.name, module: test.module, files: tree{runningFile: "root=/dev/sda1 " + test.line + "\n"},
			want: []shown{{runningFile, test.devices, test.problems}}}.run(t)
	}
}

func noAddresses(words ...string) (problems []string) {
	for _, word := range words {
		problems = append(problems, notAddress(word))
	}
	return problems
}

// FuzzList checks that any list gives each device once, and that a list that pciback
// accepts gives exactly the devices that pciback would take.
func FuzzList(f *testing.F) {
	m := machine(f, tree{})
	f.Fuzz(func(t *testing.T, text string) {
		r := &reader{Machine: m}
		devices, problems := r.list(text)
		for i, a := range devices {
			if !a.Valid() || slices.Contains(devices[:i], a) {
				t.Errorf("%q: %s in %s", text, a, devices)
			}
		}
		hide, err := pciback.ParseHide(text)
		if err != nil || strings.Contains(text, "\x00") {
			return
		}
		for _, g := range hide {
			if a := (pci.Address{Domain: uint32(g.Domain), Bus: g.Bus, Slot: uint8(g.Slot), Function: uint8(g.Function)}); g.Slot >= 0 && g.Function >= 0 &&
				!slices.Contains(devices, a) && len(problems) == 0 {
				t.Errorf("%q: pciback takes %s, and it is not in %s", text, a, devices)
			}
		}
	})
}

// FuzzQubes checks that any value gives valid devices, each once, and a problem for each
// invalid word.
func FuzzQubes(f *testing.F) {
	m := machine(f, tree{})
	f.Fuzz(func(t *testing.T, value string) {
		r := &reader{Machine: m}
		devices, problems := r.qubesList(value)
		for i, a := range devices {
			if !a.Valid() || slices.Contains(devices[:i], a) {
				t.Errorf("%q: %s in %s", value, a, devices)
			}
		}
		words := strings.FieldsFunc(value, comma)
		if len(words) > 0 && len(devices)+len(problems) == 0 {
			t.Errorf("%q: nothing is said of it", value)
		}
		for _, problem := range problems {
			if strings.ContainsAny(problem, "\n\x1b") {
				t.Errorf("%q is more than a line", problem)
			}
		}
	})
}

// FuzzCommandLine checks that any command line gives valid devices and no panic.
func FuzzCommandLine(f *testing.F) {
	m := machine(f, tree{})
	r := &reader{Machine: m}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range r.arguments(Where{File: runningFile}, grub.ParseCommandLine(text)) {
			if s.Text == "" {
				t.Errorf("%q: a setting without a text", text)
			}
			for _, a := range s.Devices {
				if !a.Valid() {
					t.Errorf("%q: %s", text, a)
				}
			}
		}
	})
}
