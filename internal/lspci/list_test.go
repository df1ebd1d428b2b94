package lspci

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// fewNames is a pci.ids of one card.
type fewNames struct{ vendor, device, subsystem, base, subclass string }

func known(name string) (string, bool) { return name, name != "" }

func (n fewNames) Vendor(uint16) (string, bool)                            { return known(n.vendor) }
func (n fewNames) Device(uint16, uint16) (string, bool)                    { return known(n.device) }
func (n fewNames) Subsystem(uint16, uint16, uint16, uint16) (string, bool) { return known(n.subsystem) }
func (n fewNames) Base(pci.Class) (string, bool)                           { return known(n.base) }
func (n fewNames) Subclass(pci.Class) (string, bool)                       { return known(n.subclass) }

var card = pci.Device{
	Address: pci.Address{Slot: 9}, Vendor: 0x10b7, Device: 0x9055, Class: 0x020000, Revision: 0x30,
	SubVendor: 0x1028, SubDevice: 0x0080, Driver: "pciback", Modalias: "pci:v000010B7",
}

func printed(t *testing.T, d pci.Device, o Options) string {
	t.Helper()
	var text strings.Builder
	p := newPrinter(&text, scratch.Dir(t), o)
	p.device(&d, p.at(&d))
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestNames(t *testing.T) {
	all := fewNames{"3Com", "3c905B", "Fast", "Network", "Ethernet"}
	noDevice := fewNames{"3Com", "", "", "Network", ""}
	for _, test := range []struct {
		name  string
		names Names
		ids   IDs
		want  string
	}{
		{"known", all, ByName, "00:09.0 Ethernet: 3Com 3c905B (rev 30)\n\tSubsystem: 3Com Fast\n"},
		{"known -nn", all, NameAndID, "00:09.0 Ethernet [0200]: 3Com 3c905B [10b7:9055] (rev 30)\n\tSubsystem: 3Com Fast [1028:0080]\n"},
		{"known -n", all, Numeric, "00:09.0 0200: 10b7:9055 (rev 30)\n\tSubsystem: 1028:0080\n"},
		{"vendor and base", noDevice, ByName, "00:09.0 Network [0200]: 3Com Device 9055 (rev 30)\n\tSubsystem: 3Com Device 0080\n"},
		{"vendor and base -nn", noDevice, NameAndID, "00:09.0 Network [0200]: 3Com Device [10b7:9055] (rev 30)\n\tSubsystem: 3Com Device [1028:0080]\n"},
		{"nothing", nil, ByName, "00:09.0 Class 0200: Device 10b7:9055 (rev 30)\n\tSubsystem: Device 1028:0080\n"},
		{"nothing -nn", nil, NameAndID, "00:09.0 Class [0200]: Device [10b7:9055] (rev 30)\n\tSubsystem: Device [1028:0080]\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := card
			d.Driver = ""
			if diff := cmp.Diff(test.want, printed(t, d, Options{IDs: test.ids, Names: test.names, Kernel: true})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLongNamesAreCut(t *testing.T) {
	for _, test := range []struct{ long, want int }{{255, 255}, {256, 255}, {1000, 255}} {
		// "V " + device + " [10b7:9055]" has so many bytes.
		device := strings.Repeat("x", test.long-len("V ")-len(" [10b7:9055]"))
		f := newFormatter(Options{IDs: NameAndID, Names: fewNames{vendor: "V", device: device}})
		got := f.pair(0x10b7, 0x9055)
		if len(got) != test.want || strings.HasSuffix(got, "...") != (test.long > test.want) {
			t.Errorf("%d bytes became %d: %s", test.long, len(got), got)
		}
	}
}

func TestKernel(t *testing.T) {
	label := "Onboard LAN\n"
	d := card
	d.Label = &label
	modules := func(modalias string) []string {
		if modalias != d.Modalias {
			t.Errorf("asked for the modules of %q", modalias)
		}
		return []string{"3c59x", "other"}
	}
	want := "0000:00:09.0 0200: 10b7:9055 (rev 30)\n\tDeviceName: Onboard LAN\n\tSubsystem: 1028:0080\n" +
		"\tKernel driver in use: pciback\n\tKernel modules: 3c59x, other\n"
	got := printed(t, d, Options{IDs: Numeric, Domains: true, Kernel: true, Modules: modules})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bare := pci.Device{Address: d.Address, SubVendor: 0xffff}
	none := func(string) []string { return nil }
	if got, want := printed(t, bare, Options{IDs: Numeric, Kernel: true, Modules: none}), "00:09.0 0000: 0000:0000\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestListReportsTheWriter(t *testing.T) {
	host := fakekernel.Unpack(t, "sis190")
	if err := List(fullDisk{}, host.Root, pci.Filter{}, Options{}); !errors.Is(err, errFull) {
		t.Errorf("%v; want the writer's error", err)
	}
}

func TestListWithoutPCI(t *testing.T) {
	var text strings.Builder
	if err := List(&text, scratch.Dir(t), pci.Filter{}, Options{}); !errors.Is(err, fs.ErrNotExist) || text.Len() > 0 {
		t.Errorf("%q, %v; want nothing and fs.ErrNotExist", text.String(), err)
	}
}

// The domain of each form: the device's own, or that of any other.
func TestDomains(t *testing.T) {
	inside, outside := pci.Device{Address: pci.Address{Slot: 9}}, pci.Device{Address: pci.Address{Domain: 0x10000}}
	for _, test := range []struct {
		name    string
		options Options
		other   bool // the machine has devices outside domain 0
		want    []string
	}{
		{"one domain", Options{}, false, []string{"00:09.0"}},
		{"another domain", Options{}, true, []string{"0000:00:09.0", "10000:00:00.0"}},
		{"asked for", Options{Domains: true}, false, []string{"0000:00:09.0", "10000:00:00.0"}},
		{"for a machine", Options{Machine: 2}, true, []string{"00:09.0", "10000:00:00.0"}},
		{"for a machine, asked for", Options{Machine: 2, Domains: true}, true, []string{"0000:00:09.0", "10000:00:00.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPrinter(io.Discard, "", test.options)
			p.outside = test.other
			got := []string{p.at(&inside)}
			if len(test.want) > 1 {
				got = append(got, p.at(&outside))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
