package seen

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
	"github.com/xenpci/xenpci/test/scratch"
)

// card is a card in a machine, and where it is.
type card struct {
	at, port string // the address, and that of the port above; "" for none
	device   uint16
	serial   uint64 // 0 for none
	mac      string // while dom0 has it
	hidden   bool
}

// plug makes the machine below a root that of these cards.
func plug(t *testing.T, f sysfs.FS, cards ...card) []pci.Device {
	t.Helper()
	if err := errors.Join(os.RemoveAll(f.Path("/sys")), os.MkdirAll(f.Path(stateDir), 0o755)); err != nil {
		t.Fatal(err)
	}
	var devices []pci.Device
	for _, c := range cards {
		d := pci.Device{Address: addresses(t, c.at)[0], Vendor: 0x8086, Device: c.device, Class: 0x020000, Driver: "igb"}
		if c.port != "" {
			d.Above = addresses(t, c.port)
		}
		dir := "/sys/bus/pci/devices/" + d.Address.String()
		config := make([]byte, pci.ConfigLimit)
		if c.serial != 0 {
			binary.LittleEndian.PutUint32(config[0x100:], 0x00010003)
			binary.LittleEndian.PutUint64(config[0x104:], c.serial)
		}
		put(t, f, dir+"/config", string(config))
		switch {
		case c.hidden:
			d.Driver = pciback.Name
		case c.mac != "":
			put(t, f, dir+"/net/eth0/address", c.mac+"\n", dir+"/net/eth0/addr_assign_type", "0\n")
		}
		devices = append(devices, d)
	}
	return devices
}

// nic is what is seen of a card with one interface.
func nic(name string) Card { return Card{Interfaces: []Interface{{Name: name}}} }

// keep remembers the interface of a card at an address.
func keep(t *testing.T, f sysfs.FS, all []pci.Device, at, name string) {
	t.Helper()
	if err := Keep(f, all, nil, map[pci.Address]Card{addresses(t, at)[0]: nic(name)}); err != nil {
		t.Fatal(err)
	}
}

// shown returns what is shown of the hidden devices: "00:09.0 eth2".
func shown(t *testing.T, f sysfs.FS, all []pci.Device) string {
	t.Helper()
	m, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	var hidden []pci.Address
	for _, d := range all {
		if d.Driver == pciback.Name {
			hidden = append(hidden, d.Address)
		}
	}
	var texts []string
	for a, c := range m.Of(f.Path("/"), all, hidden) {
		texts = append(texts, a.Short()+" "+c.Interfaces[0].Name)
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

func files(t *testing.T, f sysfs.FS) []string {
	t.Helper()
	names, err := f.List(Dir)
	if err != nil && !sysfs.IsNotExist(err) {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// TestOf hides a card as eth2, changes the machine, and wants what is shown then.
func TestOf(t *testing.T) {
	const one, two = 0x001b21ffff000001, 0x001b21ffff000002
	const macOne, macTwo = "00:1b:21:00:00:01", "00:1b:21:00:00:02"
	for _, test := range []struct {
		name   string
		before []card // the first becomes eth2, and the others are not remembered
		after  []card
		want   string
	}{
		{
			"hidden where it was",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one, mac: macOne}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one, hidden: true}}, "02:00.0 eth2",
		},
		{
			"another bus number",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, mac: macOne}},
			[]card{{at: "05:00.0", port: "00:1c.0", device: 1, hidden: true}}, "05:00.0 eth2",
		},
		{
			"another bus number, and one of its kind at the old address",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, mac: macOne}, {at: "03:00.0", port: "00:1c.1", device: 1, mac: macTwo}},
			[]card{{at: "03:00.0", port: "00:1c.0", device: 1, hidden: true}, {at: "02:00.0", port: "00:1c.1", device: 1, hidden: true}}, "03:00.0 eth2",
		},
		{
			"another slot, by the serial number",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one}},
			[]card{{at: "03:00.0", port: "00:1c.1", device: 1, serial: one, hidden: true}}, "03:00.0 eth2",
		},
		{
			"another card in its place",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 2, serial: two, hidden: true}}, "",
		},
		{
			"another of its kind in its place, by the serial number",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: two, hidden: true}}, "",
		},
		{
			"they changed places, by the serial number",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one}, {at: "03:00.0", port: "00:1c.1", device: 1, serial: two}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: two, hidden: true}, {at: "03:00.0", port: "00:1c.1", device: 1, serial: one, hidden: true}}, "03:00.0 eth2",
		},
		{
			"another of its kind in its place, and it is in dom0 elsewhere",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, mac: macOne}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, hidden: true}, {at: "03:00.0", port: "00:1c.1", device: 1, mac: macOne}}, "",
		},
		{
			"another slot, and nothing that tells which card it is",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, mac: macOne}},
			[]card{{at: "03:00.0", port: "00:1c.1", device: 1, hidden: true}}, "",
		},
		{
			"two cards with one serial number",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one}, {at: "03:00.0", port: "00:1c.1", device: 1, serial: one}},
			[]card{{at: "03:00.0", port: "00:1c.1", device: 1, serial: one, hidden: true}}, "",
		},
		{
			"the other function of the card",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one}, {at: "02:00.1", port: "00:1c.0", device: 1, serial: one}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one, hidden: true}, {at: "02:00.1", port: "00:1c.0", device: 1, serial: one, hidden: true}}, "02:00.0 eth2",
		},
		{
			"in dom0 again",
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one, mac: macOne}},
			[]card{{at: "02:00.0", port: "00:1c.0", device: 1, serial: one, mac: macOne}}, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := sysfs.New(scratch.Dir(t))
			keep(t, f, plug(t, f, test.before...), test.before[0].at, "eth2")
			if got := shown(t, f, plug(t, f, test.after...)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestKeepLatest has two cards without a number in one slot, one after the other: the
// one that was there last is shown, also after the first came back.
func TestKeepLatest(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	slot := func(mac string, hidden bool) []pci.Device {
		return plug(t, f, card{at: "02:00.0", port: "00:1c.0", device: 1, mac: mac, hidden: hidden})
	}
	for _, c := range []struct{ mac, name string }{{"00:1b:21:00:00:01", "eth1"}, {"00:1b:21:00:00:02", "eth2"}, {"00:1b:21:00:00:01", "eth1"}} {
		keep(t, f, slot(c.mac, false), "02:00.0", c.name)
		if got, want := shown(t, f, slot("", true)), "02:00.0 "+c.name; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := files(t, f); len(got) != 2 {
		t.Errorf("%q, want a file for each card", got)
	}
}

// TestKeepFollows has one file for a card, wherever it goes.
func TestKeepFollows(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	keep(t, f, plug(t, f, card{at: "02:00.0", port: "00:1c.0", device: 0x1521, mac: "00:1b:21:00:00:01"}), "02:00.0", "eth1")
	if diff := cmp.Diff([]string{"8086-1521_00-1b-21-00-00-01_0.json"}, files(t, f)); diff != "" {
		t.Error(diff)
	}
	// Its serial number can be read now.
	moved := card{at: "03:00.1", port: "00:1c.1", device: 0x1521, mac: "00:1b:21:00:00:01", serial: 0x001b21ffff000001}
	keep(t, f, plug(t, f, moved), "03:00.1", "eth2")
	moved.at, moved.port = "02:00.0", "00:1c.0"
	keep(t, f, plug(t, f, moved), "02:00.0", "eth3")
	want := []string{"8086-1521_00-1b-21-ff-ff-00-00-01_0.json", "8086-1521_00-1b-21-ff-ff-00-00-01_1.json"}
	if diff := cmp.Diff(want, files(t, f)); diff != "" {
		t.Error(diff)
	}
	moved.hidden = true
	if got := shown(t, f, plug(t, f, moved)); got != "02:00.0 eth3" {
		t.Error(got)
	}
}

// TestKeepNothing leaves what is known where nothing is seen, and writes nothing again
// that is known already.
func TestKeepNothing(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	all := plug(t, f, card{at: "02:00.0", port: "00:1c.0", device: 1})
	at := all[0].Address
	if err := Keep(f, all, nil, map[pci.Address]Card{at: {}}); err != nil || files(t, f) != nil {
		t.Errorf("%v, %q", err, files(t, f))
	}
	keep(t, f, all, "02:00.0", "eth1")
	name := f.Path(path.Join(Dir, files(t, f)[0]))
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if before.Mode() != recordMode {
		t.Errorf("mode %v", before.Mode())
	}
	keep(t, f, all, "02:00.0", "eth1")
	if err := Keep(f, all, nil, map[pci.Address]Card{at: {}}); err != nil {
		t.Error(err)
	}
	if after, err := os.Stat(name); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written again (%v)", err)
	}
}

// TestKeepStuck does not look at a device on which a write waits.
func TestKeepStuck(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	all := plug(t, f, card{at: "02:00.0", port: "00:1c.0", device: 1, serial: 1}, card{at: "03:00.0", port: "00:1c.1", device: 1, serial: 1})
	// The number that both have is left out only if the twin is looked at.
	for _, test := range []struct {
		stuck []pci.Address
		want  string
	}{{nil, "8086-0001_0000-00-1c.0_00.0.json"}, {addresses(t, "03:00.0"), "8086-0001_00-00-00-00-00-00-00-01_0.json"}} {
		if err := Keep(f, all, test.stuck, map[pci.Address]Card{all[0].Address: nic("eth0")}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{test.want}, files(t, f)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestKeepNowhere writes nothing where programs keep nothing, and does not complain.
func TestKeepNowhere(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	all := plug(t, f, card{at: "02:00.0", device: 1})
	if err := os.RemoveAll(f.Path("/var")); err != nil {
		t.Fatal(err)
	}
	keep(t, f, all, "02:00.0", "eth0")
	if f.Exists("/var") {
		t.Error("/var was made")
	}
	put(t, f, "/var/lib", "no folder\n")
	if err := Keep(f, all, nil, map[pci.Address]Card{all[0].Address: nic("eth0")}); err == nil {
		t.Error("no error where the folder cannot be made")
	}
}

// TestTrim keeps no more cards than there may be, and rather those in the machine.
func TestTrim(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	cards := make([]card, maxCards+3)
	for i := range cards {
		cards[i] = card{at: fmt.Sprintf("%02x:%02x.0", 1+i/32, i%32), device: uint16(i), serial: uint64(i + 1)}
		keep(t, f, plug(t, f, cards[i]), cards[i].at, fmt.Sprintf("eth%d", i))
	}
	put(t, f, Dir+"/broken.json", "{", Dir+"/README", "not a record\n")
	if got := len(files(t, f)); got != maxCards+2 {
		t.Errorf("%d files", got)
	}
	// The oldest are gone, and 3 is the next; but it is in the machine.
	last := card{at: "ff:00.0", device: 0xffff, serial: 0xffff}
	keep(t, f, plug(t, f, cards[3], last), last.at, "last")
	for i := range cards {
		cards[i].hidden = true
	}
	if got, want := shown(t, f, plug(t, f, cards[:6]...)), cards[3].at+" eth3, "+cards[5].at+" eth5"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := files(t, f); len(got) != maxCards+1 || slices.Contains(got, "broken.json") {
		t.Errorf("%d files", len(got))
	}
}

// TestOpenPassesOver reads what is a record, whatever else is there.
func TestOpenPassesOver(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	all := plug(t, f, card{at: "02:00.0", device: 1, serial: 1, hidden: true})
	keep(t, f, all, "02:00.0", "eth1")
	content, err := f.Read(path.Join(Dir, files(t, f)[0]), maxRecord)
	if err != nil {
		t.Fatal(err)
	}
	record := string(content)
	put(t, f, Dir+"/a.json", "", Dir+"/b.json", record+"{}", Dir+"/c.json", strings.Replace(record, `"id"`, `"ids"`, 1),
		Dir+"/d.json", record+strings.Repeat(" ", maxRecord), Dir+"/.e.json", record, Dir+"/f.json", "->/dev/zero", Dir+"/g.json/h", "", Dir+"/i", record)
	m, err := Open(f)
	slices.Sort(m.broken)
	if err != nil || len(m.records) != 1 || !slices.Equal(m.broken, []string{"a.json", "b.json", "c.json", "d.json"}) {
		t.Errorf("%v: %d records, %q are broken", err, len(m.records), m.broken)
	}
	if got := shown(t, f, all); got != "02:00.0 eth1" {
		t.Error(got)
	}
}

func TestOpenUnreadable(t *testing.T) {
	f := sysfs.New(scratch.Dir(t))
	put(t, f, Dir, "->seen")
	if _, err := Open(f); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("%v, want ELOOP", err)
	}
}
