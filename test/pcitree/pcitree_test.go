package pcitree

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// content is every file and link below root.
func content(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if entry.Type() == os.ModeSymlink {
			files[path[len(root):]], err = os.Readlink(path)
			return err
		}
		text, err := os.ReadFile(path)
		files[path[len(root):]] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSameSeedSameTree(t *testing.T) {
	for seed := range uint64(3) {
		one, other := scratch.Dir(t), scratch.Dir(t)
		for _, root := range []string{one, other} {
			if err := Write(root, seed); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(content(t, one), content(t, other)); diff != "" {
			t.Errorf("seed %d: -first +second\n%s", seed, diff)
		}
	}
}

// All seeds together show everything that a tree may have.
func TestTreesAreOdd(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(100) {
		machine := newOdd(seed)
		seen["no device"] = seen["no device"] || len(machine.functions) == 0
		seen["plain folders"] = seen["plain folders"] || machine.plain && len(machine.functions) > 0
		seen["a slot without an address"] = seen["a slot without an address"] ||
			slices.ContainsFunc(machine.slots, func(s slot) bool { return s.address == absent })
		for _, f := range machine.functions {
			header := byte(pci.HeaderDevice)
			if len(f.config) >= 64 {
				header = f.config[0x0e] & 0x7f
			}
			for what, is := range map[string]bool{
				"a domain of five digits":  f.at.Domain > 0xffff,
				"no revision":              f.files["revision"] == absent,
				"no subsystem":             f.files["subsystem_vendor"] == absent,
				"no modalias":              f.files["modalias"] == absent,
				"no config":                f.config == nil,
				"a short config":           f.config != nil && len(f.config) < 64,
				"a silent function":        strings.HasPrefix(string(f.config), "\xff\xff\xff\xff"),
				"a CardBus bridge":         header == byte(pci.HeaderCardBus),
				"a bridge without numbers": header == byte(pci.HeaderBridge) && f.config[0x19] == 0,
				"thirty bridges in a row":  strings.Count(f.dir, "/") > 30,
				"a driver":                 f.links["driver"] != "",
				"a device tree":            f.links["of_node"] != "",
				"a label":                  f.files["label"] != "",
				"another class in config":  header == 0 && len(f.config) >= 64 && f.class>>16 != uint32(f.config[0x0b]),
			} {
				seen[what] = seen[what] || is
			}
		}
	}
	for what, is := range seen {
		if !is {
			t.Errorf("no tree has %s", what)
		}
	}
}

// What is written is what was thought out.
func TestWrite(t *testing.T) {
	for seed := range uint64(3) {
		root := scratch.Dir(t)
		if err := Write(root, seed); err != nil {
			t.Fatal(err)
		}
		var want []pci.Address
		for _, f := range newOdd(seed).functions {
			want = append(want, f.at)
		}
		slices.SortFunc(want, pci.Address.Compare)
		got, err := pci.List(root)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("seed %d: -want +got\n%s", seed, diff)
		}
		if _, err := pci.Read(root, got, pci.WithDriver|pci.WithParent); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

func TestWriteMachine(t *testing.T) {
	ids := []byte("8086  Intel\n\t1521  I350\n\t\t1028 1f60  Card\n\t100e  82540EM\nC 02  Network\n")
	for _, size := range []int{1, 16, 100} {
		root := scratch.Dir(t)
		if err := WriteMachine(root, size, ids); err != nil {
			t.Fatal(err)
		}
		devices, err := pci.Scan(root)
		if err != nil || len(devices) != size {
			t.Fatalf("%d devices, %v; want %d", len(devices), err, size)
		}
		for _, d := range devices {
			if d.Vendor != 0x8086 || (d.Device != 0x1521 && d.Device != 0x100e) {
				t.Fatalf("%s has the ids %04x:%04x", d.Address, d.Vendor, d.Device)
			}
		}
	}
	if large, err := newMachine(4096, ids); err != nil || len(large.functions) != 4096 {
		t.Errorf("a machine of 4096: %v", err)
	}
	if err := WriteMachine(scratch.Dir(t), 5000, ids); err == nil {
		t.Error("5000 functions found room")
	}
	if err := WriteMachine(scratch.Dir(t), 1, nil); err == nil {
		t.Error("a machine was made without a pci.ids")
	}
}

func TestWriteModules(t *testing.T) {
	if _, err := exec.LookPath("depmod"); err != nil {
		t.Skip("depmod is not installed (Debian: apt install kmod)")
	}
	root := scratch.Dir(t)
	if err := WriteModules(root, "6.1.0-test", 1); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(root + "/lib/modules/6.1.0-test/modules.alias")
	if err != nil || strings.Count(string(index), "alias pci:v") < loadable {
		t.Errorf("%v; modules.alias:\n%.2000s", err, index)
	}
	for _, name := range []string{"modules.alias.bin", "modules.dep.bin", "modules.builtin.bin", "modules.symbols.bin"} {
		if info, err := os.Stat(root + "/lib/modules/6.1.0-test/" + name); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
