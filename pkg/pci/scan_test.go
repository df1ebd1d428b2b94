package pci_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

// tree is a sysfs under construction: files and links by their path.
type tree struct {
	files map[string]string
	links map[string]string
}

func (tr tree) root(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	at := func(name string) string {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, content := range tr.files {
		if err := os.WriteFile(at(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range tr.links {
		if err := os.Symlink(target, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	hostBus = "/sys/devices/pci0000:00/"
	links   = "/sys/bus/pci/devices/"

	resources = "0x00000000f7200000 0x00000000f72fffff 0x0000000000040200\n" +
		"0x0000000000000000 0x0000000000000000 0x0000000000000000\n" +
		"0x000000000000e020 0x000000000000e03f 0x0000000000040101\n"
)

// machine has a root port with an SR-IOV network card behind it, and a 3Com
// card on bus 0.
func machine() tree {
	port := hostBus + "0000:00:1c.0/"
	return tree{
		files: map[string]string{
			port + "modalias":                         "pci:v00008086d0000A340sv00001028sd00000001bc06sc04i00\n",
			port + "revision":                         "0xf0\n",
			port + "0000:00:1c.0:pcie001/uevent":      "",
			port + "0000:02:00.0/modalias":            "pci:v00008086d00001521sv00008086sd00000002bc02sc00i00\n",
			port + "0000:02:00.0/revision":            "0x01\n",
			port + "0000:02:00.0/driver_override":     "(null)\n",
			port + "0000:02:00.0/label":               "NIC1\n",
			port + "0000:02:00.0/reset":               "",
			port + "0000:02:00.0/reset_method":        "flr bus\n",
			port + "0000:02:00.0/numa_node":           "1\n",
			port + "0000:02:00.0/irq":                 "16\n",
			port + "0000:02:00.0/enable":              "1\n",
			port + "0000:02:00.0/resource":            resources,
			port + "0000:02:00.1/modalias":            "pci:v00008086d00001521sv00008086sd00000002bc02sc00i00\n",
			port + "0000:02:00.1/revision":            "0x01\n",
			port + "0000:02:10.0/modalias":            "pci:v00008086d00001520sv00008086sd00000002bc02sc00i00\n",
			port + "0000:02:10.0/revision":            "0x01\n",
			port + "0000:02:10.0/numa_node":           "-1\n",
			port + "0000:02:10.0/driver_override":     "pciback\n",
			hostBus + "0000:00:09.0/vendor":           "0x10b7\n",
			hostBus + "0000:00:09.0/device":           "0x9055\n",
			hostBus + "0000:00:09.0/class":            "0x020000\n",
			hostBus + "0000:00:09.0/revision":         "0x30\n",
			hostBus + "0000:00:09.0/subsystem_vendor": "0x10b7\n",
			hostBus + "0000:00:09.0/subsystem_device": "0x9055\n",
		},
		links: map[string]string{
			links + "0000:00:1c.0":            "../../../devices/pci0000:00/0000:00:1c.0",
			links + "0000:02:00.0":            "../../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0",
			links + "0000:02:00.1":            "../../../devices/pci0000:00/0000:00:1c.0/0000:02:00.1",
			links + "0000:02:10.0":            "../../../devices/pci0000:00/0000:00:1c.0/0000:02:10.0",
			links + "0000:00:09.0":            "../../../devices/pci0000:00/0000:00:09.0",
			port + "driver":                   "../../../bus/pci/drivers/pcieport",
			port + "0000:02:00.0/driver":      "../../../../bus/pci/drivers/igb",
			port + "0000:02:00.0/virtfn0":     "../0000:02:10.0",
			port + "0000:02:10.0/physfn":      "../0000:02:00.0",
			hostBus + "0000:00:09.0/driver":   "../../../bus/pci/drivers/pciback",
			port + "0000:02:00.0/iommu_group": "../../../../kernel/iommu_groups/7",
		},
	}
}

func address(t *testing.T, s string) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestScan(t *testing.T) {
	got, err := pci.Scan(machine().root(t))
	if err != nil {
		t.Fatal(err)
	}
	port, pf, second, vf := address(t, "00:1c.0"), address(t, "02:00.0"), address(t, "02:00.1"), address(t, "02:10.0")
	behind := []pci.Address{port}
	want := []pci.Device{
		{Address: address(t, "00:09.0"), Vendor: 0x10b7, Device: 0x9055, Class: 0x020000, Revision: 0x30,
			SubVendor: 0x10b7, SubDevice: 0x9055, Driver: "pciback"},
		{Address: port, Vendor: 0x8086, Device: 0xa340, Class: 0x060400, Revision: 0xf0, SubVendor: 0x1028, SubDevice: 1,
			Modalias: "pci:v00008086d0000A340sv00001028sd00000001bc06sc04i00", Driver: "pcieport"},
		{Address: pf, Vendor: 0x8086, Device: 0x1521, Class: 0x020000, Revision: 1, SubVendor: 0x8086, SubDevice: 2,
			Modalias: "pci:v00008086d00001521sv00008086sd00000002bc02sc00i00", Driver: "igb",
			Parent: &port, Above: behind, Siblings: []pci.Address{second}},
		{Address: second, Vendor: 0x8086, Device: 0x1521, Class: 0x020000, Revision: 1, SubVendor: 0x8086, SubDevice: 2,
			Modalias: "pci:v00008086d00001521sv00008086sd00000002bc02sc00i00",
			Parent:   &port, Above: behind, Siblings: []pci.Address{pf}},
		{Address: vf, Vendor: 0x8086, Device: 0x1520, Class: 0x020000, Revision: 1, SubVendor: 0x8086, SubDevice: 2,
			Modalias: "pci:v00008086d00001520sv00008086sd00000002bc02sc00i00", Parent: &port, Above: behind},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadDevice(t *testing.T) {
	root := machine().root(t)
	port, pf, vf := address(t, "00:1c.0"), address(t, "02:00.0"), address(t, "02:10.0")
	label, none, pciback, one, sixteen := "NIC1\n", "", "pciback", 1, 16
	card := pci.Device{
		Vendor: 0x8086, Class: 0x020000, Revision: 1, SubVendor: 0x8086, SubDevice: 2,
		Parent: &port, Above: []pci.Address{port},
	}
	physical, virtual := card, card
	physical.Address, physical.Device, physical.Modalias = pf, 0x1521, "pci:v00008086d00001521sv00008086sd00000002bc02sc00i00"
	physical.Driver, physical.Siblings = "igb", []pci.Address{address(t, "02:00.1")}
	physical.Override, physical.Label, physical.VirtFns = &none, &label, []pci.Address{vf}
	physical.CanReset, physical.ResetMethods = true, []string{"flr", "bus"}
	physical.NUMANode, physical.IRQ, physical.Enabled, physical.IOMMUGroup = &one, &sixteen, &one, "7"
	physical.Regions = []pci.Region{
		{Number: 0, Start: 0xf7200000, End: 0xf72fffff, Flags: 0x40200},
		{Number: 2, Start: 0xe020, End: 0xe03f, Flags: 0x40101},
	}
	virtual.Address, virtual.Device, virtual.Modalias = vf, 0x1520, "pci:v00008086d00001520sv00008086sd00000002bc02sc00i00"
	virtual.PhysFn, virtual.Override = &pf, &pciback
	for _, want := range []pci.Device{physical, virtual} {
		got, err := pci.ReadDevice(root, want.Address)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestReadWithDetails reads all that ReadDevice reads but for the attribute that
// may wait, which is not even opened: here it cannot be read.
func TestReadWithDetails(t *testing.T) {
	root := machine().root(t)
	addresses, err := pci.List(root)
	if err != nil {
		t.Fatal(err)
	}
	var want []pci.Device
	for _, a := range addresses {
		d, err := pci.ReadDevice(root, a)
		if err != nil {
			t.Fatal(err)
		}
		d.Override = nil
		want = append(want, d)
		override := filepath.Join(root, "sys/bus/pci/devices", a.String(), "driver_override")
		if err := errors.Join(os.RemoveAll(override), os.Mkdir(override, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := pci.Read(root, addresses, pci.WithDriver|pci.WithParent|pci.WithLabel|pci.WithPlacement|pci.WithSlot|pci.WithDetails)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// A kernel without driver_override is not one where none is set.
func TestReadDeviceOfOldKernel(t *testing.T) {
	d, err := pci.ReadDevice(machine().root(t), address(t, "00:09.0"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Override != nil || d.NUMANode != nil || d.Label != nil || d.ResetMethods != nil || d.CanReset {
		t.Errorf("absent attributes have values: %+v", d)
	}
}

func TestNoSuchDevice(t *testing.T) {
	root := machine().root(t)
	for name, read := range map[string]func() error{
		"ReadDevice": func() error { _, err := pci.ReadDevice(root, address(t, "00:0a.0")); return err },
		"Driver":     func() error { _, err := pci.Driver(root, address(t, "00:0a.0")); return err },
		"Read":       func() error { _, err := pci.Read(root, []pci.Address{address(t, "00:0a.0")}, 0); return err },
		"Scan":       func() error { _, err := pci.Scan(t.TempDir()); return err },
	} {
		if err := read(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v; want fs.ErrNotExist in its chain", name, err)
		}
	}
}

func TestDriver(t *testing.T) {
	root := machine().root(t)
	for at, want := range map[string]string{"00:1c.0": "pcieport", "02:10.0": ""} {
		got, err := pci.Driver(root, address(t, at))
		if err != nil || got != want {
			t.Errorf("Driver(%s) = %q, %v; want %q", at, got, err, want)
		}
	}
}

func TestScanOneBrokenDeviceHidesNoOther(t *testing.T) {
	tr := machine()
	delete(tr.files, hostBus+"0000:00:09.0/vendor")
	tr.links[links+"0000:05:00.0"] = "../../../devices/pci0000:00/0000:05:00.0" // it has just vanished
	tr.files[links+"0000:06:00.0/modalias"] = "pci:nonsense\n"
	tr.files[links+"garbage/vendor"] = "0x8086\n"
	devices, err := pci.Scan(tr.root(t))
	if len(devices) != 4 {
		t.Errorf("%d devices; want the 4 that can be read", len(devices))
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v: %T; want joined errors", err, err)
	}
	got := map[string]bool{}
	for _, err := range flatten(joined) {
		var broken *pci.DeviceError
		if !errors.As(err, &broken) {
			t.Fatalf("%v: %T", err, err)
		}
		got[broken.Name] = errors.Is(err, fs.ErrNotExist)
	}
	want := map[string]bool{"garbage": false, "0000:00:09.0": true, "0000:05:00.0": true, "0000:06:00.0": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func flatten(joined interface{ Unwrap() []error }) (errs []error) {
	for _, err := range joined.Unwrap() {
		if inner, ok := err.(interface{ Unwrap() []error }); ok {
			errs = append(errs, flatten(inner)...)
		} else {
			errs = append(errs, err)
		}
	}
	return errs
}

// Whatever the tree has, the identity is the same.
func TestIdentitySources(t *testing.T) {
	config := make([]byte, 64)
	copy(config[0x00:], "\xb7\x10\x55\x90")
	copy(config[0x08:], "\x30\x00\x00\x02")
	copy(config[0x2c:], "\xb7\x10\x00\x10")
	attributes := map[string]string{
		"vendor": "0x10b7\n", "device": "0x9055\n", "class": "0x020000\n",
		"subsystem_vendor": "0x10b7\n", "subsystem_device": "0x1000\n",
	}
	with := func(more map[string]string) map[string]string {
		for name, value := range attributes {
			more[name] = value
		}
		return more
	}
	const modalias = "pci:v000010B7d00009055sv000010B7sd00001000bc02sc00i00"
	const uevent = "DRIVER=3c59x\nPCI_CLASS=20000\nPCI_ID=10B7:9055\nPCI_SUBSYS_ID=10B7:1000\nPCI_SLOT_NAME=0000:00:09.0\nMODALIAS=" + modalias + "\n"
	for _, test := range []struct {
		name     string
		files    map[string]string
		modalias string
	}{
		{"modalias", map[string]string{"modalias": modalias + "\n", "revision": "0x30\n"}, modalias},
		{"single attributes", with(map[string]string{"revision": "0x30\n"}), ""},
		{"single attributes, revision in config", with(map[string]string{"config": string(config)}), ""},
		{"uevent", map[string]string{"uevent": uevent, "revision": "0x30\n"}, modalias},
		{"config", map[string]string{"config": string(config)}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := tree{files: map[string]string{}}
			for name, value := range test.files {
				tr.files[links+"0000:00:09.0/"+name] = value
			}
			got, err := pci.Scan(tr.root(t))
			want := []pci.Device{{Address: pci.Address{Slot: 9}, Vendor: 0x10b7, Device: 0x9055, Class: 0x020000,
				Revision: 0x30, SubVendor: 0x10b7, SubDevice: 0x1000, Modalias: test.modalias}}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

// The VMD controller's bus is a root bus of a domain of its own: nothing is the
// parent there, and yet the controller is above.
func TestAboveVMD(t *testing.T) {
	const below = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/"
	tr := tree{
		files: map[string]string{
			below + "modalias":               "pci:v00008086d0000A33Csv00000000sd00000000bc06sc04i00\n",
			below + "10000:e1:00.0/modalias": "pci:v0000144Dd0000A808sv00000000sd00000000bc01sc08i02\n",
		},
		links: map[string]string{
			links + "10000:e0:06.0": "../../.." + below[len("/sys"):len(below)-1],
			links + "10000:e1:00.0": "../../.." + below[len("/sys"):] + "10000:e1:00.0",
		},
	}
	devices, err := pci.Scan(tr.root(t))
	if err != nil || len(devices) != 2 {
		t.Fatal(err, devices)
	}
	got := []string{fmt.Sprint(devices[0].Parent, devices[0].Above), fmt.Sprint(devices[1].Parent, devices[1].Above)}
	want := []string{"<nil> [0000:00:0e.0]", "10000:e0:06.0 [0000:00:0e.0 10000:e0:06.0]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
