package kmod

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// parityRoot names a folder with lib/modules/RELEASE as depmod leaves it, when
// that of this machine is not wanted or not there.
const parityRoot = "XENPCI_MODULES_ROOT"

// paritySample is how many devices are looked up: every so-and-so-many-th
// alias of the index becomes one.
const paritySample = 400

// TestParityModprobe asks modprobe, which uses libkmod as lspci does, for the
// modules of devices that a real kernel's index knows.
func TestParityModprobe(t *testing.T) {
	modprobe, err := exec.LookPath("modprobe")
	if err != nil {
		t.Skip("modprobe is not installed (Debian: apt install kmod)")
	}
	root := filepath.Join("/", os.Getenv(parityRoot))
	indexes, err := filepath.Glob(filepath.Join(root, "lib/modules/*/modules.alias.bin"))
	if err != nil || len(indexes) == 0 {
		t.Skipf("no modules.alias.bin in %s/lib/modules (set %s to another root)", root, parityRoot)
	}
	release := filepath.Base(filepath.Dir(indexes[0]))
	kernel, err := New(sysfs.New(root), release)
	if err != nil {
		t.Fatal(err)
	}
	aliases, err := kernel.Aliases()
	if err != nil {
		t.Fatal(err)
	}
	aliases.administrator = nil // modprobe is kept from the configuration below
	claimed := 0
	for _, modalias := range sampleDevices(t, kernel) {
		resolve := exec.Command(modprobe, "-C", "/dev/null", "-d", root, "-S", release, "-R", modalias)
		out, err := resolve.Output()
		if _, failed := err.(*exec.ExitError); err != nil && !failed {
			t.Fatal(err)
		}
		var want []string
		for _, module := range strings.Fields(string(out)) {
			if len(want) == 0 || want[len(want)-1] != module {
				want = append(want, module)
			}
		}
		claimed += len(want)
		if diff := cmp.Diff(want, aliases.Modules(modalias)); diff != "" {
			t.Errorf("%s: -modprobe +ours\n%s", modalias, diff)
		}
	}
	if claimed < paritySample/2 {
		t.Errorf("modprobe named only %d modules: it does not read these indexes", claimed)
	}
}

// sampleDevices makes devices of the index's PCI aliases: what a pattern leaves
// open becomes a number.
func sampleDevices(t *testing.T, k Kernel) (devices []string) {
	t.Helper()
	text, err := k.fsys.Read(k.dir+"/modules.alias", maxIndex)
	if err != nil {
		t.Fatal(err)
	}
	modinfo, err := k.fsys.Read(k.dir+"/modules.builtin.modinfo", maxIndex)
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for _, a := range append(slices.Collect(parseAliases(string(text))), slices.Collect(parseModinfo(string(modinfo)))...) {
		if strings.HasPrefix(a.pattern, "pci:") {
			patterns = append(patterns, a.pattern)
		}
	}
	fill := strings.NewReplacer("v*d", "v00001AF4d", "d*s", "d00001000s", "sv*sd", "sv00001028sd", "sd*b", "sd00000001b",
		"bc*sc", "bc02sc", "sc*i", "sc00i")
	for i := 0; i < len(patterns); i += max(1, len(patterns)/paritySample) {
		device := fill.Replace(fill.Replace(patterns[i]))
		if strings.HasSuffix(device, "i*") {
			device += "00"
		}
		devices = append(devices, strings.ReplaceAll(device, "*", ""))
	}
	if len(devices) == 0 {
		t.Fatal("the index has no alias of PCI")
	}
	return devices
}
