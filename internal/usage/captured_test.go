package usage_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
)

var update = flag.Bool("update", false, "write what the guard says of the captured machines into testdata/captured")

// The machines testdata/sysfs/guard-*.txtar are real kernels', taken by snapshot
// (make captures). What the guard says of each of their devices, taken alone, is
// in testdata/captured.
func TestCaptured(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/sysfs/guard-*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no machines: %v", err)
	}
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			got := sentences(t, fakekernel.Unpack(t, name).Root)
			file := filepath.Join("testdata/captured", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// sentences is what the guard says of all devices of a machine, one after the
// other: an address, and below it the findings.
func sentences(t *testing.T, root string) string {
	t.Helper()
	addresses, err := pci.List(root)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := pci.Read(root, addresses, usage.Reads)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pci.OpenNames(root)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	g := usage.Scan(root, devices, func(d pci.Device) string {
		name, _ := names.Device(d.Vendor, d.Device)
		return name
	})
	var b strings.Builder
	for _, d := range devices {
		fmt.Fprintln(&b, d.Address)
		for _, f := range g.Findings(d.Address) {
			about := f.Level.String()
			if f.Guest {
				about = "guest"
			}
			fmt.Fprintf(&b, "    %s: %s\n", about, f.Text)
		}
	}
	return b.String()
}
