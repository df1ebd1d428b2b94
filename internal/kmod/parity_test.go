package kmod

import (
	"errors"
	"io/fs"
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

// paritySample is how many devices modprobe is asked for: every
// so-and-so-many-th of those that the index knows.
const paritySample = 400

// realKernel is a kernel with the indexes that depmod made.
func realKernel(tb testing.TB) Kernel {
	tb.Helper()
	root := filepath.Join("/", os.Getenv(parityRoot))
	indexes, err := filepath.Glob(filepath.Join(root, "lib/modules/*/modules.alias.bin"))
	if err != nil || len(indexes) == 0 {
		tb.Skipf("no modules.alias.bin in %s/lib/modules (set %s to another root)", root, parityRoot)
	}
	return kernelBelow(tb, root, filepath.Base(filepath.Dir(indexes[0])))
}

func kernelBelow(tb testing.TB, root, release string) Kernel {
	tb.Helper()
	kernel, err := New(sysfs.New(root), release)
	if err != nil {
		tb.Fatal(err)
	}
	return kernel
}

// textOnly is the kernel as a captured tree has it.
func textOnly(tb testing.TB, k Kernel) Kernel {
	tb.Helper()
	root := tb.TempDir()
	captured := filepath.Join(root, k.dir)
	if err := os.MkdirAll(captured, 0o755); err != nil {
		tb.Fatal(err)
	}
	for _, name := range []string{"modules.alias", "modules.builtin.modinfo"} {
		text, err := os.ReadFile(filepath.Join(k.fsys.Path(k.dir), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(captured, name), text, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return kernelBelow(tb, root, k.Release)
}

// aliasesOf are the kernel's own, without the administrator's.
func aliasesOf(tb testing.TB, k Kernel) *Aliases {
	tb.Helper()
	aliases, err := k.Aliases()
	if err != nil {
		tb.Fatal(err)
	}
	aliases.sources = aliases.sources[1:]
	return aliases
}

// TestParityModprobe asks modprobe, which uses libkmod as lspci does, for the
// modules of devices that a real kernel's index knows.
func TestParityModprobe(t *testing.T) {
	kernel := realKernel(t)
	devices := sampleDevices(t, kernel)
	var some []string
	for i := 0; i < len(devices); i += max(1, len(devices)/paritySample) {
		some = append(some, devices[i])
	}
	if claimed := agreeWithModprobe(t, kernel, some); claimed < paritySample/2 {
		t.Errorf("modprobe named only %d modules: it does not read these indexes", claimed)
	}
}

// TestParityText wants the same of an index and of the text that it was made
// of, for every device that a real kernel knows.
func TestParityText(t *testing.T) {
	kernel := realKernel(t)
	agreeWithText(t, kernel, sampleDevices(t, kernel))
}

func agreeWithText(t *testing.T, kernel Kernel, devices []string) {
	t.Helper()
	fromIndex, fromText := aliasesOf(t, kernel), aliasesOf(t, textOnly(t, kernel))
	for _, source := range fromIndex.sources {
		if _, ok := source().(*index); !ok {
			t.Fatalf("an index was not read: %T", source())
		}
	}
	for _, device := range devices {
		want := fromText.Modules(device)
		if len(want) == 0 {
			t.Errorf("%s: its own alias does not match it", device)
		}
		if diff := cmp.Diff(want, fromIndex.Modules(device)); diff != "" {
			t.Errorf("%s: -text +index\n%s", device, diff)
		}
	}
}

// agreeWithModprobe returns how many modules modprobe named.
func agreeWithModprobe(t *testing.T, kernel Kernel, devices []string) (claimed int) {
	t.Helper()
	modprobe := program(t, "modprobe")
	aliases := aliasesOf(t, kernel)
	for _, device := range devices {
		resolve := exec.Command(modprobe, "-C", "/dev/null", "-d", kernel.fsys.Path("/"), "-S", kernel.Release, "-R", device)
		out, err := resolve.Output()
		if _, failed := err.(*exec.ExitError); err != nil && !failed {
			t.Fatal(err)
		}
		want := slices.Compact(strings.Fields(string(out)))
		claimed += len(want)
		if diff := cmp.Diff(want, aliases.Modules(device), equalEmpty); diff != "" {
			t.Errorf("%s: -modprobe +ours\n%s", device, diff)
		}
	}
	return claimed
}

var equalEmpty = cmp.Comparer(func(a, b []string) bool { return slices.Equal(a, b) })

// sampleDevices makes a device of each PCI alias: what a pattern leaves open
// becomes a number.
func sampleDevices(tb testing.TB, k Kernel) (devices []string) {
	tb.Helper()
	text, err := k.fsys.Read(k.dir+"/modules.alias", maxIndex)
	if err != nil {
		tb.Fatal(err)
	}
	modinfo, err := k.fsys.Read(k.dir+"/modules.builtin.modinfo", maxIndex)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tb.Fatal(err)
	}
	fill := strings.NewReplacer("v*d", "v00001AF4d", "d*s", "d00001000s", "sv*sd", "sv00001028sd", "sd*b", "sd00000001b",
		"bc*sc", "bc02sc", "sc*i", "sc00i")
	for _, a := range append(slices.Collect(parseAliases(string(text))), slices.Collect(parseModinfo(string(modinfo)))...) {
		if !strings.HasPrefix(a.pattern, busPrefix) {
			continue
		}
		device := fill.Replace(fill.Replace(a.pattern))
		if strings.HasSuffix(device, "i*") {
			device += "00"
		}
		devices = append(devices, strings.ReplaceAll(device, "*", ""))
	}
	if len(devices) == 0 {
		tb.Fatal("the index has no alias of PCI")
	}
	return devices
}
