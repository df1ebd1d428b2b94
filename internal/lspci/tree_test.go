package lspci

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// cardAt is a function in its place; above is the bridge that sysfs has above
// it, "" on a root bus.
func cardAt(t *testing.T, at, above string) pci.Device {
	t.Helper()
	d := pci.Device{Vendor: 0x10b7, Device: 0x9055, Class: 0x020000}
	var err error
	if d.Address, err = pci.ParseAddress(at); err != nil {
		t.Fatal(err)
	}
	if above != "" {
		parent, err := pci.ParseAddress(above)
		if err != nil {
			t.Fatal(err)
		}
		d.Parent = &parent
	}
	return d
}

func bridgeAt(t *testing.T, at, above string, secondary, subordinate uint8) pci.Device {
	t.Helper()
	d := cardAt(t, at, above)
	d.Class, d.Behind = 0x060400, &pci.Buses{Secondary: secondary, Subordinate: subordinate}
	return d
}

// drawn is what tree writes.
func drawn(t *testing.T, domains []*topology.Domain, o Options, chosen func(pci.Device) bool) string {
	t.Helper()
	var text strings.Builder
	p := printer{Writer: bufio.NewWriter(&text), Options: o, formatter: newFormatter(o)}
	p.tree(domains, chosen)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// server has one domain with two root buses, and two domains more.
func server(t *testing.T) []*topology.Domain {
	return topology.Grow([]pci.Device{
		cardAt(t, "00:00.0", ""),
		bridgeAt(t, "00:01.0", "", 1, 3),
		bridgeAt(t, "00:02.0", "", 4, 4),
		bridgeAt(t, "00:03.0", "", 0, 0),
		cardAt(t, "00:1f.7", ""),
		bridgeAt(t, "01:00.0", "00:01.0", 2, 2),
		bridgeAt(t, "01:01.0", "00:01.0", 3, 3),
		cardAt(t, "02:00.0", "01:00.0"),
		cardAt(t, "03:00.0", "01:01.0"),
		cardAt(t, "03:00.1", "01:01.0"),
		bridgeAt(t, "80:00.0", "", 0x81, 0x8f),
		cardAt(t, "81:00.0", ""),
		cardAt(t, "83:00.0", ""),
		cardAt(t, "0001:00:00.0", ""),
		bridgeAt(t, "10000:e0:06.0", "", 0xe1, 0xe1),
		cardAt(t, "10000:e1:00.0", "10000:e0:06.0"),
	})
}

func TestTree(t *testing.T) {
	const whole = `
-+-[0000:00]-+-00.0
 |           +-01.0-[01-03]--+-00.0-[02]----00.0
 |           |               \-01.0-[03]--+-00.0
 |           |                            \-00.1
 |           +-02.0-[04]--
 |           +-03.0--
 |           \-1f.7
 \-[0000:80]---00.0-[81-8f]--+-[0000:81]---00.0
                             \-[0000:83]---00.0
-[0001:00]---00.0
-[10000:e0]---06.0-[e1]----00.0
`
	for _, test := range []struct {
		name   string
		filter string // the argument of -s; "-" for none
		want   string
	}{
		{"no filter", "-", whole},
		{"a filter of everything", "", whole},
		{"a card", "03:00.1", `
-[0000:00]---01.0-[01-03]----01.0-[03]----00.1
-
-
`},
		{"cards under two bridges", ".1", `
-[0000:00]---01.0-[01-03]----01.0-[03]----00.1
-
-
`},
		{"a bridge, and all behind it", "01:01.0", `
-[0000:00]---01.0-[01-03]----01.0-[03]--+-00.0
                                        \-00.1
-
-
`},
		{"an empty bridge", "00:02.0", `
-[0000:00]---02.0-[04]--
-
-
`},
		{"the last one left out", "::1.", `
-[0000:00]---01.0-[01-03]--+-00.0-[02]----00.0
                           \-01.0-[03]--+-00.0
                                        \-00.1
-
-
`},
		{"one of the buses behind a bridge", "83:", `
-[0000:80]---00.0-[81-8f]--[0000:83]---00.0
-
-
`},
		{"in each domain", "*:*:0.0", `
-+-[0000:00]-+-00.0
 |           \-01.0-[01-03]--+-00.0-[02]----00.0
 |                           \-01.0-[03]----00.0
 \-[0000:80]---00.0-[81-8f]--+-[0000:81]---00.0
                             \-[0000:83]---00.0
-[0001:00]---00.0
-[10000:e0]---06.0-[e1]----00.0
`},
		{"nothing", "1f.1", "\n-\n-\n-\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var chosen func(pci.Device) bool
			if test.filter != "-" {
				var filter pci.Filter
				if err := filter.ParseSlot(test.filter); err != nil {
					t.Fatal(err)
				}
				chosen = filter.Match
			}
			if diff := cmp.Diff(test.want, "\n"+drawn(t, server(t), Options{}, chosen)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := drawn(t, nil, Options{}, nil); got != "" {
		t.Errorf("without a device: %q", got)
	}
}

// Only functions that are no bridges have names, and of -n and -nn they alone
// know.
func TestTreeNames(t *testing.T) {
	names := fewNames{vendor: "3Com", device: "3c905B"}
	domains := topology.Grow([]pci.Device{bridgeAt(t, "00:01.0", "", 1, 1), cardAt(t, "01:00.0", "00:01.0"), cardAt(t, "01:00.1", "00:01.0")})
	for _, test := range []struct {
		name string
		Options
		want string
	}{
		{"no -v", Options{Names: names, IDs: NameAndID}, `
-[0000:00]---01.0-[01]--+-00.0
                        \-00.1
`},
		{"-v", Options{Names: names, Verbose: true}, `
-[0000:00]---01.0-[01]--+-00.0  3Com 3c905B
                        \-00.1  3Com 3c905B
`},
		{"-v -n", Options{Names: names, Verbose: true, IDs: Numeric}, `
-[0000:00]---01.0-[01]--+-00.0  10b7:9055
                        \-00.1  10b7:9055
`},
		{"-v -nn", Options{Names: names, Verbose: true, IDs: NameAndID}, `
-[0000:00]---01.0-[01]--+-00.0  3Com 3c905B [10b7:9055]
                        \-00.1  3Com 3c905B [10b7:9055]
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, "\n"+drawn(t, domains, test.Options, nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A name may fill lspci's buffer whatever the limit elsewhere is; a line is cut
// where its own buffer ends.
func TestTreeLimits(t *testing.T) {
	const before = "-[0000:00]---00.0  "
	names := fewNames{vendor: "V", device: strings.Repeat("x", 300)}
	domains := topology.Grow([]pci.Device{cardAt(t, "00:00.0", "")})
	want := before + "V " + strings.Repeat("x", nameLimit-len("V ...")) + "...\n"
	if diff := cmp.Diff(want, drawn(t, domains, Options{Names: names, Verbose: true, limit: 127}, nil)); diff != "" {
		t.Error(diff)
	}

	const bridges = 90
	var row []pci.Device
	above, line := "", "-[0000:00]-"
	for bus := range uint8(bridges) {
		at := pci.Address{Bus: bus}.Short()
		row = append(row, bridgeAt(t, at, above, bus+1, bus+1))
		above, line = at, line+"--00.0-["+hex2(bus+1)+"]--"
	}
	// What would go over the limit loses its last byte, even if that alone fits.
	want = line[:treeLimit-1] + "...\n"
	if diff := cmp.Diff(want, drawn(t, topology.Grow(row), Options{}, nil)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkTree(b *testing.B) {
	for _, functions := range []int{256, 4096} {
		var devices []pci.Device
		for i := range functions {
			devices = append(devices, pci.Device{Address: pci.Address{Bus: uint8(i >> 8), Slot: uint8(i >> 3 & 0x1f), Function: uint8(i & 7)}})
		}
		domains := topology.Grow(devices)
		b.Run(fmt.Sprint(functions), func(b *testing.B) {
			for b.Loop() {
				p := printer{Writer: bufio.NewWriter(io.Discard), formatter: newFormatter(Options{})}
				p.tree(domains, nil)
			}
		})
	}
}
