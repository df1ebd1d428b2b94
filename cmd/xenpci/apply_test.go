package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel"
)

// BenchmarkApply is the processor time of a run that reads a list of eight
// devices, looks at them and at what dom0 needs, and plans to hide them; the
// process that would write is not in it. make bench has the rest, beside raw
// writes.
func BenchmarkApply(b *testing.B) {
	xenpci, root := build(b), fakekernel.Unpack(b, "server").Root
	var list strings.Builder
	for function := range 8 {
		fmt.Fprintf(&list, "[[device]]\naddress = \"0000:00:04.%d\"\nid = \"8086:2021\"\n", function)
	}
	folder := filepath.Join(root, "etc", "xenpci")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "devices.toml"), []byte(list.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	var cpu float64
	for b.Loop() {
		apply := exec.Command(xenpci, "--root", root, "apply", "--dry-run")
		if out, err := apply.CombinedOutput(); err != nil || strings.Count(string(out), "bind: ") != 16 {
			b.Fatalf("%v: %s", err, out)
		}
		cpu += float64((apply.ProcessState.UserTime() + apply.ProcessState.SystemTime()).Microseconds())
	}
	b.ReportMetric(cpu/float64(b.N), "cpu-µs/op")
}
