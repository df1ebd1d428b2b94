package pcitree

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
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
	for seed := range uint64(5) {
		one, other := t.TempDir(), t.TempDir()
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
	for seed := range uint64(40) {
		root := t.TempDir()
		if err := Write(root, seed); err != nil {
			t.Fatal(err)
		}
		devices, err := pci.Scan(root)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		seen["no device"] = seen["no device"] || len(devices) == 0
		for _, d := range devices {
			dir := root + "/sys/bus/pci/devices/" + d.Address.String()
			_, missing := os.Stat(dir + "/revision")
			config, _ := os.ReadFile(dir + "/config")
			for what, is := range map[string]bool{
				"a domain of five digits": d.Address.Domain > 0xffff,
				"no revision":             missing != nil,
				"a short config":          len(config) > 0 && len(config) < 64,
				"a silent function":       len(config) > 4 && string(config[:4]) == "\xff\xff\xff\xff",
				"four bridges in a row":   len(d.Above) >= 4,
				"a plain folder":          d.Parent == nil && d.Address.Bus > 0,
				"a driver":                d.Driver != "",
			} {
				seen[what] = seen[what] || is
			}
		}
	}
	for _, what := range []string{"no device", "a domain of five digits", "no revision", "a short config", "a silent function",
		"four bridges in a row", "a plain folder", "a driver"} {
		if !seen[what] {
			t.Errorf("no tree has %s", what)
		}
	}
}

func TestWriteMachine(t *testing.T) {
	ids := []byte("8086  Intel\n\t1521  I350\n\t\t1028 1f60  Card\n\t100e  82540EM\nC 02  Network\n")
	for _, size := range []int{1, 16, 100} {
		root := t.TempDir()
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
	if err := WriteMachine(t.TempDir(), 5000, ids); err == nil {
		t.Error("5000 functions found room")
	}
	if err := WriteMachine(t.TempDir(), 1, nil); err == nil {
		t.Error("a machine was made without a pci.ids")
	}
}

func TestWriteModules(t *testing.T) {
	if _, err := exec.LookPath("depmod"); err != nil {
		t.Skip("depmod is not installed (Debian: apt install kmod)")
	}
	root := t.TempDir()
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
