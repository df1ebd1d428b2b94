package uevent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// message joins the parts of a message as the kernel does.
func message(parts ...string) string { return strings.Join(parts, "\x00") + "\x00" }

// messages are what Linux 6.1 sent when a card was plugged in, got a driver and was
// pulled, and others.
var messages = []struct {
	name string
	text string
	want Event
	ok   bool
	err  bool
}{
	{
		"a card appears",
		message("add@/devices/pci0000:00/0000:00:04.0/0000:01:00.0", "ACTION=add", "DEVPATH=/devices/pci0000:00/0000:00:04.0/0000:01:00.0", "SUBSYSTEM=pci",
			"PCI_CLASS=20000", "PCI_ID=8086:10D3", "PCI_SUBSYS_ID=8086:0000", "PCI_SLOT_NAME=0000:01:00.0", "MODALIAS=pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00", "SEQNUM=1234"),
		Event{Action: "add", Device: pci.Address{Bus: 1}}, true, false,
	},
	{
		"a driver binds",
		message("bind@/devices/pci0000:00/0000:00:04.0/0000:01:00.0", "ACTION=bind", "SUBSYSTEM=pci", "DRIVER=e1000e", "PCI_SLOT_NAME=0000:01:00.0", "SEQNUM=1235"),
		Event{Action: "bind", Device: pci.Address{Bus: 1}, Driver: "e1000e"}, true, false,
	},
	{
		"without its slot's name",
		message("remove@/devices/pci0000:00/0000:00:04.0/0000:01:00.0", "ACTION=remove", "SUBSYSTEM=pci", "SEQNUM=1236"),
		Event{Action: "remove", Device: pci.Address{Bus: 1}}, true, false,
	},
	{"a domain of VMD", message("add@/devices/x/10000:e1:00.0", "SUBSYSTEM=pci"), Event{Action: "add", Device: pci.Address{Domain: 0x10000, Bus: 0xe1}}, true, false},
	{"a disk", message("add@/devices/pci0000:00/0000:00:07.0/block/vda", "ACTION=add", "SUBSYSTEM=block", "SEQNUM=7"), Event{}, false, false},
	{"a driver, whose folder is below the bus", message("add@/bus/pci/drivers/e1000e", "SUBSYSTEM=drivers"), Event{}, false, false},
	{"libudev's own", "libudev\x00\xfe\xed\xca\xfe", Event{}, false, true},
	{"nothing", "", Event{}, false, true},
	{"no end of the head", "add@/devices/pci0000:00/0000:01:00.0", Event{}, false, true},
	{"no path", message("add@", "SUBSYSTEM=pci"), Event{}, false, true},
	{"no action", message("@/devices/0000:01:00.0", "SUBSYSTEM=pci"), Event{}, false, true},
	{"an address that is none", message("add@/devices/pci0000:00", "SUBSYSTEM=pci"), Event{}, false, true},
}

func TestParse(t *testing.T) {
	for _, test := range messages {
		t.Run(test.name, func(t *testing.T) {
			got, ok, err := parse([]byte(test.text))
			if ok != test.ok || (err != nil) != test.err {
				t.Errorf("%v, %v", ok, err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range messages {
		f.Add([]byte(m.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, ok, err := parse(text); ok && (err != nil || e.Action == "") {
			t.Errorf("%v: %v", e, err)
		}
	})
}
