package config

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pci"
)

// there reads all devices of a machine.
func there(t *testing.T, root string) []pci.Device {
	t.Helper()
	addresses, err := pci.List(root)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := pci.Read(root, addresses, Reads)
	if err != nil {
		t.Fatal(err)
	}
	return devices
}

// TestIdentifyFindsAgain declares every device of each machine, and finds each
// where it is.
func TestIdentifyFindsAgain(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/sysfs/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			host := fakekernel.Unpack(t, name)
			addresses, err := pci.List(host.Root)
			if err != nil {
				t.Fatal(err)
			}
			f := tree(t)
			paths := map[string]pci.Address{}
			present := NewPresent(host.Root, there(t, host.Root), nil)
			for _, a := range addresses {
				p, found := Closer(host.Root, present, a)
				if !found {
					t.Fatal(a)
				}
				if other, twice := paths[p.Path]; twice {
					t.Errorf("%s and %s have one path, %s", a, other, p.Path)
				}
				paths[p.Path] = a
				edit(t, f, add(Identify(p)))
			}
			list, err := read(f)
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range Match(list, NewPresent(host.Root, there(t, host.Root), list)) {
				if m.Outcome != InPlace || m.Now != addresses[i] || m.Evidence == ByAddress || len(m.Notes) > 0 {
					t.Errorf("%s", m)
				}
			}
		})
	}
}

func TestPath(t *testing.T) {
	chain := func(texts ...string) (d pci.Device) {
		for _, text := range texts {
			d.Above = append(d.Above, address(t, text))
		}
		last := len(d.Above) - 1
		d.Address, d.Above = d.Above[last], d.Above[:last]
		return d
	}
	devices := []pci.Device{
		chain("00:09.0"),
		chain("0001:80:1f.7"),
		chain("00:1c.0", "02:00.0"),
		chain("00:1c.0", "02:10.1"),
		chain("00:1c.0", "03:10.1"),
		chain("00:01.0", "05:00.0", "06:08.0", "07:00.1"),
		chain("00:0e.0", "10000:e0:06.0", "10000:e1:00.0"),
	}
	var got []string
	for _, d := range devices {
		got = append(got, Path(d, firstBuses(devices)))
	}
	want := []string{
		"0000:00:09.0", "0001:80:1f.7", "0000:00:1c.0/00.0", "0000:00:1c.0/10.1", "0000:00:1c.0/+1:10.1",
		"0000:00:01.0/00.0/08.0/00.1", "0000:00:0e.0/06.0/00.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, path := range got {
		if err := checkPath(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{
		"", "00:09.0", "0000:00:1c.0/", "0000:00:1c.0/0.0", "0000:00:1c.0/00:00.0", "0000:00:1c.0/+0:00.0", "0000:00:1c.0/+:00.0",
		"0000:00:1c.0/+100:00.0", "0000:00:1c.0/+A:00.0", "0000:00:1c.0/20.0", "0000:00:1C.0", "0000:00:1c.0" + strings.Repeat("/00.0", maxPath),
	} {
		if checkPath(path) == nil {
			t.Errorf("%q is taken for a path", path)
		}
	}
}

// withSerial is a configuration space in which the serial number is the second
// extended capability.
func withSerial(n uint64) []byte {
	config := make([]byte, pci.ConfigLimit)
	binary.LittleEndian.PutUint32(config[0x100:], 0x14010001) // error reporting; the next is at 140
	binary.LittleEndian.PutUint32(config[0x140:], 0x00010003)
	binary.LittleEndian.PutUint64(config[0x144:], n)
	return config
}

func TestFindSerial(t *testing.T) {
	ring := withSerial(1)
	binary.LittleEndian.PutUint32(ring[0x140:], 0x10010004)
	far := withSerial(1)
	binary.LittleEndian.PutUint32(far[0x100:], 0xffc10001)
	binary.LittleEndian.PutUint32(far[0xffc:], 0x00010003)
	silent := make([]byte, pci.ConfigLimit)
	for i := range silent {
		silent[i] = 0xff
	}
	for _, test := range []struct {
		name   string
		config []byte
		want   string
	}{
		{"there", withSerial(0x001b21ffffaabbcc), "00-1b-21-ff-ff-aa-bb-cc"},
		{"none", make([]byte, pci.ConfigLimit), ""},
		{"all zero", withSerial(0), ""},
		{"all ones", withSerial(1<<64 - 1), ""},
		{"Realtek's, of all cards", withSerial(0x01000000684ce000), ""},
		{"Realtek's maker's number alone", withSerial(0x00e04c0000000001), "00-e0-4c-00-00-00-00-01"},
		{"conventional", withSerial(1)[:256], ""},
		{"cut", withSerial(1)[:0x14b], ""},
		{"a ring", ring, ""},
		{"at the end", far, ""},
		{"does not answer", silent, ""},
		{"nothing", nil, ""},
	} {
		if got := findSerial(test.config); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestNewPresent reads serial number and MAC of those alone that the list may mean.
func TestNewPresent(t *testing.T) {
	host := fakekernel.Unpack(t, "qemu")
	addresses, err := pci.List(host.Root)
	if err != nil {
		t.Fatal(err)
	}
	a := addresses[len(addresses)-1]
	dir := host.Root + "/sys/bus/pci/devices/" + a.String()
	if err := errors.Join(os.RemoveAll(dir+"/config"), os.WriteFile(dir+"/config", withSerial(1), 0o644), os.RemoveAll(dir+"/net"),
		os.MkdirAll(dir+"/net/eth7", 0o755), os.WriteFile(dir+"/net/eth7/address", []byte("00:1B:21:aa:bb:cc\n"), 0o644),
		os.WriteFile(dir+"/net/eth7/addr_assign_type", []byte("0\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	devices := there(t, host.Root)
	p, found := Closer(host.Root, NewPresent(host.Root, devices, nil), a)
	if !found || p.Serial != "00-00-00-00-00-00-00-01" || p.MAC != "00:1b:21:aa:bb:cc" {
		t.Errorf("%+v, %v", p, found)
	}
	list := []Declared{{Device: Identify(p)}}
	for _, test := range []struct {
		list []Declared
		want string
	}{{list, p.Serial}, {nil, ""}, {[]Declared{{Device: Device{Address: a, ID: p.identifiedAs()}}}, ""}} {
		present := NewPresent(host.Root, devices, test.list)
		if len(present) != len(addresses) || present[len(present)-1].Serial != test.want {
			t.Errorf("%q, want %q", present[len(present)-1].Serial, test.want)
		}
	}
	if p, found := Closer(host.Root, NewPresent(host.Root, devices, nil), address(t, "ff:1f.7")); found {
		t.Errorf("a device that is not there: %v", p)
	}
}

// TestCloserTwins leaves out what two devices of one kind share.
func TestCloserTwins(t *testing.T) {
	host := fakekernel.Unpack(t, "qemu")
	addresses, err := pci.List(host.Root)
	if err != nil {
		t.Fatal(err)
	}
	a, b := addresses[len(addresses)-1], addresses[len(addresses)-2]
	dir := func(a pci.Address) string { return host.Root + "/sys/bus/pci/devices/" + a.String() + "/" }
	numbers := func(a pci.Address, serial uint64, mac string) {
		for name, content := range map[string]string{
			"config": string(withSerial(serial)), "vendor": "0x8086\n", "device": "0x1521\n", "modalias": "", "net/eth7/address": mac + "\n", "net/eth7/addr_assign_type": "0\n",
		} {
			file := dir(a) + name
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.RemoveAll(file), os.WriteFile(file, []byte(content), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name                    string
		serial                  uint64
		mac                     string
		wantSerial, wantAddress string
	}{
		{"nothing is shared", 2, macB, "00-00-00-00-00-00-00-01", macA},
		{"the serial number", 1, macB, "", macA},
		{"the MAC address", 2, macA, "00-00-00-00-00-00-00-01", ""},
	} {
		numbers(a, 1, macA)
		numbers(b, test.serial, test.mac)
		p, _ := Closer(host.Root, NewPresent(host.Root, there(t, host.Root), nil), a)
		if p.Serial != test.wantSerial || p.MAC != test.wantAddress {
			t.Errorf("%s: %q, %q", test.name, p.Serial, p.MAC)
		}
	}
}

func (p Present) identifiedAs() *ID { id := p.ID(); return &id }

func TestReadMAC(t *testing.T) {
	const dir = "sys/bus/pci/devices/0000:02:00.0/"
	for _, test := range []struct {
		name  string
		files []string
		want  string
	}{
		{"none", nil, ""},
		{"its own", []string{dir + "net/eth0/address", "00:1b:21:00:00:0a\n", dir + "net/eth0/addr_assign_type", "0\n"}, macA},
		{"one that was set", []string{dir + "net/eth0/address", "00:1b:21:00:00:0a\n", dir + "net/eth0/addr_assign_type", "3\n"}, ""},
		{"a random one", []string{dir + "net/eth0/address", "00:1b:21:00:00:0a\n", dir + "net/eth0/addr_assign_type", "1\n"}, ""},
		{"one of no known kind", []string{dir + "net/eth0/address", "00:1b:21:00:00:0a\n"}, ""},
		{"in a bond", []string{
			dir + "net/eth0/address", "00:1b:21:00:00:0a\n", dir + "net/eth0/addr_assign_type", "3\n",
			dir + "net/eth0/bonding_slave/perm_hwaddr", "00:1b:21:00:00:0b\n",
		}, macB},
		{"virtio", []string{dir + "virtio3/net/eth0/address", "00:1b:21:00:00:0a\n", dir + "virtio3/net/eth0/addr_assign_type", "0\n"}, macA},
		{"two interfaces", []string{
			dir + "net/eth0/address", "00:1b:21:00:00:0b\n", dir + "net/eth0/addr_assign_type", "0\n",
			dir + "net/eth1/address", "00:1b:21:00:00:0a\n", dir + "net/eth1/addr_assign_type", "0\n",
		}, macA},
		{"a virtual function", []string{
			dir + "physfn/class", "", dir + "net/eth0/address", "00:1b:21:00:00:0a\n", dir + "net/eth0/addr_assign_type", "0\n",
		}, ""},
		{"InfiniBand", []string{dir + "net/ib0/address", "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:0a:0b\n", dir + "net/ib0/addr_assign_type", "0\n"}, ""},
		{"all ones", []string{dir + "net/eth0/address", "ff:ff:ff:ff:ff:ff\n", dir + "net/eth0/addr_assign_type", "0\n"}, ""},
		{"nothing in it", []string{dir + "net/eth0/address", "00:00:00:00:00:00\n", dir + "net/eth0/addr_assign_type", "0\n"}, ""},
	} {
		if got := readMAC(tree(t, test.files...), address(t, "02:00.0")); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
