package lspci

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// written is what one method of the printer writes.
func written(t *testing.T, o Options, write func(*printer)) string {
	t.Helper()
	var text strings.Builder
	p := &printer{Writer: bufio.NewWriter(&text), Options: o, formatter: newFormatter(o)}
	write(p)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestMachineLine(t *testing.T) {
	all := fewNames{`3Com "C"`, `3c\905B`, "r\xe9seau", "Network", "Ethernet"}
	base := fewNames{vendor: "3Com", base: "Network"}
	absent, off := card, card
	absent.Revision, absent.Class, absent.SubVendor, absent.SubDevice = 0, 0x0c0330, 0, 0x80
	off.SubVendor = 0xffff
	for _, test := range []struct {
		name   string
		device pci.Device
		names  Names
		ids    IDs
		want   string
	}{
		{"known", card, all, ByName, `00:09.0 "Ethernet" "3Com \"C\"" "3c\\905B" -r30 -p00 "3Com \"C\"" "r` + "\xe9" + `seau"`},
		{"known -n", card, all, Numeric, `00:09.0 "0200" "10b7" "9055" -r30 -p00 "1028" "0080"`},
		{"known -nn", card, all, NameAndID, `00:09.0 "Ethernet [0200]" "3Com \"C\" [10b7]" "3c\\905B [9055]" -r30 -p00 "3Com \"C\" [1028]" "r` + "\xe9" + `seau [0080]"`},
		{"base class alone", card, base, ByName, `00:09.0 "Network [0200]" "3Com" "Device 9055" -r30 -p00 "3Com" "Device 0080"`},
		{"unknown", card, nil, ByName, `00:09.0 "Class 0200" "Vendor 10b7" "Device 9055" -r30 -p00 "Unknown vendor 1028" "Device 0080"`},
		{"revision 0, no subsystem", absent, nil, Numeric, `00:09.0 "0c03" "10b7" "9055" -p30 "" ""`},
		{"subsystem ffff", off, nil, Numeric, `00:09.0 "0200" "10b7" "9055" -r30 -p00 "" ""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := written(t, Options{Machine: 1, Kernel: true, IDs: test.ids, Names: test.names}, func(p *printer) {
				p.machineLine(test.device, "00:09.0")
			})
			if diff := cmp.Diff(test.want+"\n", got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMachineBlock(t *testing.T) {
	label, node := "Onboard\nLAN\n", 0
	full := card
	full.Label, full.NUMANode = &label, &node
	full.PhysicalSlot, full.Node, full.IOMMUGroup = "1-2", "/sys/firmware/devicetree/base/pci", "17"
	modules := func(modalias string) []string { return []string{"3c59x", "for " + modalias} }
	const ids = "Class:\t0200\nVendor:\t10b7\nDevice:\t9055\n"
	for _, test := range []struct {
		name    string
		device  pci.Device
		options Options
		want    string
	}{
		{"full", full, Options{Machine: 2, Kernel: true, Modules: modules},
			"Slot:\t00:09.0\n" + ids + "SVendor:\t1028\nSDevice:\t0080\nPhySlot:\t1-2\nRev:\t30\nProgIf:\t00\n" +
				"Driver:\tpciback\nModule:\t3c59x\nModule:\tfor pci:v000010B7\n" +
				"NUMANode:\t0\nDTNode:\t/sys/firmware/devicetree/base/pci\nIOMMUGroup:\t17\n"},
		{"without -k", full, Options{Machine: 2, Modules: modules},
			"Slot:\t00:09.0\n" + ids + "SVendor:\t1028\nSDevice:\t0080\nPhySlot:\t1-2\nRev:\t30\nProgIf:\t00\n" +
				"NUMANode:\t0\nDTNode:\t/sys/firmware/devicetree/base/pci\nIOMMUGroup:\t17\n"},
		{"without module indexes", card, Options{Machine: 2, Kernel: true},
			"Slot:\t00:09.0\n" + ids + "SVendor:\t1028\nSDevice:\t0080\nRev:\t30\nProgIf:\t00\nDriver:\tpciback\n"},
		{"bare", pci.Device{Vendor: 0x10b7, Device: 0x9055, Class: 0x020001, SubVendor: 0xffff}, Options{Machine: 3, Kernel: true},
			"Slot:\t00:09.0\n" + ids + "ProgIf:\t01\n"},
		{"-vm", pci.Device{Vendor: 0x10b7, Device: 0x9055, Class: 0x020000}, Options{Machine: 1},
			"Device:\t00:09.0\n" + ids + "ProgIf:\t00\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Verbose, test.options.IDs = true, Numeric
			got := written(t, test.options, func(p *printer) { p.machineBlock(test.device, "00:09.0") })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Values of a block stand there as they are.
func TestMachineBlockDoesNotQuote(t *testing.T) {
	names := fewNames{`3Com "C"`, `3c\905B`, "r\xe9seau", "", "Ethernet"}
	want := "Slot:\t00:09.0\nClass:\tEthernet\nVendor:\t3Com \"C\"\nDevice:\t3c\\905B\n" +
		"SVendor:\t3Com \"C\"\nSDevice:\tr\xe9seau\nRev:\t30\nProgIf:\t00\n"
	got := written(t, Options{Machine: 2, Verbose: true, Names: names}, func(p *printer) { p.machineBlock(card, "00:09.0") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is quoted can be read back, and where it ends can be seen.
func FuzzQuoted(f *testing.F) {
	for _, word := range []string{"", "3Com", `a "b" c`, `\`, `\\"`, `ends in \`, "r\xe9seau", "réseau", "$HOME `x`"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		quoted := written(t, Options{}, func(p *printer) { p.quoted(word, "next") })
		rest, ok := strings.CutPrefix(quoted, ` "`)
		if !ok {
			t.Fatalf("%q does not begin with its quote", quoted)
		}
		var read []byte
		for rest != "" && rest[0] != '"' {
			rest = strings.TrimPrefix(rest, `\`)
			read, rest = append(read, rest[0]), rest[1:]
		}
		if string(read) != word || rest != `" "next"` {
			t.Errorf("%q is read back as %q, and %q is left", word, read, rest)
		}
	})
}
