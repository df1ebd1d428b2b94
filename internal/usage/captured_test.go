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
	"github.com/xenpci/xenpci/internal/fit"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

var update = flag.Bool("update", false, "write what the guard finds in the captured machines into testdata/captured")

// The machines testdata/sysfs/guard-*.txtar were taken from real kernels by snapshot
// (make captures). What the guard finds about each of their devices, taken alone,
// is in testdata/captured.
func TestCaptured(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/sysfs/guard-*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no machines: %v", err)
	}
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			got := facts(t, fakekernel.Unpack(t, name).Root)
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

// facts returns what the guard finds about all devices of a machine, and the hints
// for guests, one device after the other: an address, and the facts below it.
func facts(t *testing.T, root string) string {
	t.Helper()
	addresses, err := pci.List(root)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := pci.Read(root, addresses, usage.Reads|fit.Reads)
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
	hints := fit.Scan(root, devices)
	var b strings.Builder
	for _, d := range devices {
		fmt.Fprintln(&b, d.Address)
		found := g.Findings(d.Address)
		for i, line := range graphtest.Facts(found) {
			if len(found[i].Chain) > 0 {
				line = fmt.Sprintf("%s %s", found[i].Code, line)
			}
			fmt.Fprintf(&b, "    %s\n", line)
		}
		for _, h := range hints.Hints(d.Address) {
			fmt.Fprintf(&b, "    guest: %s\n", h.Code)
		}
	}
	return b.String()
}
