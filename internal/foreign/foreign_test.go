package foreign

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// tree is a machine's files; a text that begins with "-> " is a link.
type tree map[string]string

func (files tree) make(t testing.TB) sysfs.FS {
	t.Helper()
	root := scratch.Dir(t)
	for name, content := range files {
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		target, link := strings.CutPrefix(content, "-> ")
		if link {
			if err := os.Symlink(target, full); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(full, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return sysfs.New(root)
}

func address(t testing.TB, name string) pci.Address {
	t.Helper()
	a, ok := pci.ParseName(name)
	if !ok {
		t.Fatal(name)
	}
	return a
}

// machine has two e1000 cards, a 3c59x card with two functions, and two bridges,
// one of them with a card behind it.
func machine(t testing.TB, files tree) Machine {
	t.Helper()
	if _, given := files[runningFile]; !given {
		files[runningFile] = "placeholder root=/dev/sda1\n"
	}
	files["/sys/bus/pci/devices/0000:00:1e.0/secondary_bus_number"] = "4\n"
	m := Machine{FS: files.make(t), Module: "xen-pciback", Release: "6.1.0"}
	for _, d := range []struct{ name, driver, alias string }{
		{"0000:00:09.0", "e1000", "e1000"}, {"0000:00:0a.0", "", "e1000"},
		{"0000:00:0b.0", "3c59x", ""}, {"0000:00:0b.1", "3c59x", ""},
		{"0000:00:1d.0", "", ""}, {"0000:00:1e.0", "", ""}, {"0000:04:01.0", "tg3", "tg3"},
	} {
		device := pci.Device{Address: address(t, d.name), Driver: d.driver, Modalias: d.alias}
		if device.Address.Slot >= 0x1d { // sysfs does not have the bus behind 00:1d.0
			device.Class = pci.ClassPCIBridge
		}
		if d.alias == "e1000" {
			device.Vendor, device.Device = 0x8086, 0x100e
		}
		if device.Address.Bus == 4 {
			device.Above = []pci.Address{address(t, "0000:00:1e.0")}
		}
		m.Devices = append(m.Devices, device)
	}
	m.Modules = func(modalias string) []string { return strings.Fields(modalias) }
	return m
}

// shown is a setting in a test: its place, its devices and its problems, those of the kernels
// last.
type shown struct {
	Where    string
	Devices  string
	Problems []string
}

func show(s Settings) (all []shown) {
	for _, one := range s.All {
		var devices []string
		for _, a := range one.Devices {
			devices = append(devices, a.Short())
		}
		all = append(all, shown{one.Where.String(), strings.Join(devices, " "), append(one.Problems, one.Kernel...)})
	}
	return all
}

// abridged returns got with each problem replaced by the wanted one if it has all
// facts of that, in their order. " ... " separates the facts of a wanted problem.
func abridged(got, want []shown) []shown {
	for i := range min(len(got), len(want)) {
		for j := range min(len(got[i].Problems), len(want[i].Problems)) {
			if wanted := want[i].Problems[j]; hasFacts(got[i].Problems[j], strings.Split(wanted, " ... ")) {
				got[i].Problems[j] = wanted
			}
		}
	}
	return got
}

func hasFacts(text string, facts []string) bool {
	for _, fact := range facts {
		_, after, found := strings.Cut(text, fact)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// source is a row of the table test of a source.
type source struct {
	name   string
	files  tree
	module string // "" for xen-pciback
	want   []shown
	unread []string
}

func (test source) run(t *testing.T) {
	t.Run(test.name, func(t *testing.T) {
		m := machine(t, test.files)
		if test.module != "" {
			m.Module = test.module
		}
		got := Read(m)
		if diff := cmp.Diff(test.want, abridged(show(got), test.want)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		var unread []string
		for _, err := range got.Unread {
			unread = append(unread, err.Error())
		}
		if diff := cmp.Diff(test.unread, unread); diff != "" {
			t.Errorf("not read: -want +got\n%s", diff)
		}
	})
}

func TestNothing(t *testing.T) {
	source{name: "a machine without settings for hiding", files: tree{
		"/etc/default/grub":      "GRUB_DISTRIBUTOR=`lsb_release -i -s`\nGRUB_CMDLINE_LINUX=\"quiet\"\n",
		"/etc/modprobe.d/x.conf": "options snd index=1\nsoftdep a pre: b\ninstall c /bin/true\nalias d e\n",
		"/etc/modules":           "# modules\nloop\nxen-pciback\n",
		"/etc/conf.d/xen-pci":    "# none\nDEVICES=\"\"\n",
	}}.run(t)
}

func TestDevices(t *testing.T) {
	a, b := address(t, "0000:00:09.0"), address(t, "0000:00:0a.0")
	s := Settings{All: []Setting{{Devices: []pci.Address{b}}, {}, {Devices: []pci.Address{a, b}}}}
	if diff := cmp.Diff([]pci.Address{b, a}, s.Devices()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestBounds checks that reading a folder is bounded, and that the rest is reported.
func TestBounds(t *testing.T) {
	files := tree{defaultsFile: "A=b\n"}
	for n := range maxNames + 1 {
		files[fmt.Sprintf("%s/pci-%04x:00:00.0", driverctlFolder, n)] = "pciback\n"
	}
	for n := range maxDefaults {
		files[fmt.Sprintf("%s/%02d.cfg", defaultsFolder, n)] = "# pciback\n"
	}
	s := Read(machine(t, files))
	var unread []string
	for _, err := range s.Unread {
		unread = append(unread, err.Error())
	}
	want := []string{
		"/etc/default/grub.d: has more than 64 files; the others were not read",
		"/etc/driverctl.d: has more than 1024 files; the others were not read",
	}
	if diff := cmp.Diff(want, unread); diff != "" || len(s.All) != maxNames {
		t.Errorf("%d settings; not read: -want +got\n%s", len(s.All), diff)
	}
}
