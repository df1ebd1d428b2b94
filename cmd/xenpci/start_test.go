package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/test/calls"
	"github.com/xenpci/xenpci/test/pcitree"
)

// build makes the command as make build does.
func build(tb testing.TB) (name string) {
	tb.Helper()
	name = filepath.Join(tb.TempDir(), "xenpci")
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", name, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return name
}

// What every start pays for, whatever the verb. A limit that a change has to
// raise is a reason to look for another way first: 'xenpci list' on a small
// machine is little more than its start.
const (
	mostPackages  = 103 // that are not ours: of the standard library and of dependencies
	mostInitBytes = 32 << 10
	mostInits     = 44 // packages that do something before main
)

// heavy are packages that no verb may bring into the start, by how they begin.
var heavy = []string{
	"net/http", "crypto/", "html", "encoding/xml", "encoding/gob", "go/", "log/slog", "database/", "image", "testing",
	"gopkg.in/", "github.com/jaypipes/", "github.com/fsnotify/",
}

func TestStartLinksNothingHeavy(t *testing.T) {
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	others := 0
	for _, p := range packages {
		if !strings.HasPrefix(p, "github.com/xenpci/") {
			others++
		}
	}
	if others > mostPackages {
		t.Errorf("%d packages that are not ours are linked, and at most %d may be", others, mostPackages)
	}
	if !slices.Contains(packages, "github.com/spf13/cobra") {
		t.Errorf("this list of packages is not that of xenpci: %v", packages)
	}
	for _, p := range packages {
		if slices.ContainsFunc(heavy, func(h string) bool { return strings.HasPrefix(p, h) }) {
			t.Errorf("%s is linked: each start of xenpci pays for it", p)
		}
	}
}

func TestStartInitialisesLittle(t *testing.T) {
	version := exec.Command(build(t), "--version")
	version.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := version.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	inits, total := 0, 0
	for line := range strings.Lines(string(out)) {
		var name string
		var at, took float64
		var bytes, allocations int
		if _, err := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &name, &at, &took, &bytes, &allocations); err != nil {
			continue
		}
		inits++
		total += bytes
		if strings.HasPrefix(name, "github.com/xenpci/") && bytes > 1024 {
			t.Errorf("%s allocates %d bytes before main", name, bytes)
		}
	}
	t.Logf("%d packages allocate %d bytes before main", inits, total)
	if inits == 0 || inits > mostInits || total > mostInitBytes {
		t.Errorf("%d packages allocate %d bytes before main; at most %d and %d may", inits, total, mostInits, mostInitBytes)
	}
}

// TestListSystemCalls counts what each further device costs.
func TestListSystemCalls(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed (Debian: apt install strace)")
	}
	ids := []byte("8086  Intel Corporation\n\t1521  I350\n\t\t8086 0001  Card\n")
	const few, many = 16, 256
	roots := map[int]string{few: t.TempDir(), many: t.TempDir()}
	for devices, root := range roots {
		if err := pcitree.WriteMachine(root, devices, ids); err != nil {
			t.Fatal(err)
		}
	}
	xenpci := build(t)
	for _, test := range []struct {
		flags string
		most  float64 // for each device
	}{
		{"-n", 6}, {"-nn", 6}, {"-mm", 6}, {"-k", 8}, {"-nnk", 8},
	} {
		t.Run(test.flags, func(t *testing.T) {
			counts := make(map[int]int)
			for devices, root := range roots {
				n, err := calls.Count([]string{xenpci, "list", "--root", root, test.flags})
				if err != nil {
					t.Skipf("strace does not work here: %v", err)
				}
				counts[devices] = n
			}
			// The list of the folder and the output take some more for more devices.
			const others = 32
			each := float64(counts[many]-counts[few]-others) / (many - few)
			if each > test.most || each < 3 {
				t.Errorf("%.2f system calls for each device; at most %v are wanted, and less than 3 cannot be", each, test.most)
			}
		})
	}
}

// BenchmarkStart is what a start costs: make a change slow it down, and all
// verbs are slower.
func BenchmarkStart(b *testing.B) {
	xenpci := build(b)
	var cpu float64
	for b.Loop() {
		version := exec.Command(xenpci, "--version")
		if err := version.Run(); err != nil {
			b.Fatal(err)
		}
		cpu += float64((version.ProcessState.UserTime() + version.ProcessState.SystemTime()).Microseconds())
	}
	b.ReportMetric(cpu/float64(b.N), "cpu-µs/op")
}
