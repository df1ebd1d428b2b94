package console

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestXenConsoles follows Xen's own console to the function that it is on.
func TestXenConsoles(t *testing.T) {
	amt, card, second := graphtest.Address(t, "00:16.3"), graphtest.Address(t, "03:00.0"), graphtest.Address(t, "04:00.0")
	ehci, ehci2, xhci := graphtest.Address(t, "00:1a.0"), graphtest.Address(t, "00:1d.0"), graphtest.Address(t, "00:14.0")
	devices := []pci.Device{
		{Address: xhci, Class: 0x0c0330},
		{Address: amt, Class: 0x070002, Regions: []pci.Region{{Start: 0x3060, End: 0x3067, Flags: 0x40101}}},
		{Address: ehci, Class: 0x0c0320},
		{Address: ehci2, Class: 0x0c0320},
		{Address: card, Class: 0x070002, Regions: []pci.Region{{Start: 0xe000, End: 0xe007, Flags: 0x40101}}},
		{Address: second, Class: 0x078000, Regions: []pci.Region{{Start: 0xf0000000, End: 0xf0000fff, Flags: 0x40200}}},
	}
	on := func(console, at string) map[string][]string {
		return map[string][]string{at: {"refuse: Xen's console " + console + " > 0000:" + at}}
	}
	may := func(at ...string) map[string][]string {
		all := map[string][]string{}
		for _, a := range at {
			all[a] = []string{"warn: xen_console"}
		}
		return all
	}
	for _, test := range []struct {
		name, line string
		want       map[string][]string
	}{
		{"AMT", "console=com1 com1=115200,8n1,amt", on("com1", "00:16.3")},
		{"AMT, in the other order and shared", "com1=115200,8n1,amt,0 console=vga,com1H loglvl=all", on("com1", "00:16.3")},
		{"AMT, by the default of console=", "com1=115200,8n1,amt", on("com1", "00:16.3")},
		{"AMT by name", "console=com1 com1=115200,8n1,dev=amt,irq=0", on("com1", "00:16.3")},
		{"the first card", "console=com1 com1=115200,8n1,pci", on("com1", "03:00.0")},
		{"the second port, which may be on either card", "console=com2 com2=115200,8n1,pci", may("03:00.0", "04:00.0")},
		{"ports of a card", "console=com1 com1=115200,8n1,0xe000,17", on("com1", "03:00.0")},
		{"memory of a card", "console=com2 com2=baud=115200,io-base=0xf0000100", on("com2", "04:00.0")},
		{"the function is given", "console=com1 com1=115200,8n1,0x9000,0,3:0.0", on("com1", "03:00.0")},
		{"the function is given by name", "console=com1 com1=115200,8n1,port=04:00.0", on("com1", "04:00.0")},
		{"of the board", "console=com1 com1=115200,8n1", nil},
		{"of the board, by its ports", "console=com1 com1=115200,8n1,0x3f8,4", nil},
		{"the port is not the console", "console=vga com1=115200,8n1,amt", nil},
		{"the last console= takes effect", "console=com1 com1=115200,8n1,amt console=vga", nil},
		{"a debug port", "console=dbgp dbgp=ehci@pci0:1d.0", on("ehci", "00:1d.0")},
		{"a debug port of one of several controllers", "console=dbgp dbgp=ehci1", may("00:1a.0", "00:1d.0")},
		{"the debug capability of the only controller", "console=xhci dbgp=xhci", on("xhci", "00:14.0")},
		{"a function that is not there", "console=com1 com1=115200,8n1,pci,0,7:0.0", nil},
		{"nothing", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == nil {
				test.want = map[string][]string{}
			}
			find := func(s *scan) {
				s.xenConsoles([]grub.CommandLine{grub.ParseCommandLine(test.line), grub.ParseCommandLine(test.line)})
			}
			if diff := cmp.Diff(test.want, graphtest.All(look(t, find, devices, nil), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzXenPorts reads any command line of Xen.
func FuzzXenPorts(f *testing.F) {
	for _, line := range []string{"console=com1 com1=115200,8n1,amt", "com2=115200,8n1,0xe000,17,3:0.0 console=com2L", "console=dbgp dbgp=ehci1@pci0:1d.0", "com1=dev=pci,port=1:0.0"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, p := range xenPorts(grub.ParseCommandLine(line)) {
			if p.at != nil && !p.at.Valid() {
				t.Errorf("%+v", p)
			}
		}
	})
}
