package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/pcitree"
)

const (
	devices  = 256
	declared = 64
	looks    = 20
)

// BenchmarkMemory is what xenpcid keeps in memory on a machine with 256 devices, 64 of them
// declared, after twenty whole looks. Its children are not in it.
func BenchmarkMemory(b *testing.B) {
	root := machine(b)
	name := filepath.Join(root, "xenpcid")
	build(b, name)
	for b.Loop() {
		b.ReportMetric(float64(resident(b, name, root))/1024, "MiB")
	}
}

// build makes the program as packages have it.
func build(b *testing.B, name string) {
	b.Helper()
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", name, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
}

// machine writes the tree of a machine that declares some of its devices.
func machine(b *testing.B) (root string) {
	b.Helper()
	root = b.TempDir()
	if err := pcitree.WriteMachine(root, devices, []byte("8086  Intel Corporation\n\t1521  I350\n\t\t8086 0001  Card\n")); err != nil {
		b.Fatal(err)
	}
	declare(b, root)
	return root
}

// declare writes the list, which leaves the devices where they are.
func declare(b *testing.B, root string) {
	b.Helper()
	addresses, err := pci.List(root)
	if err != nil || len(addresses) != devices {
		b.Fatal(len(addresses), err)
	}
	var list strings.Builder
	for _, a := range addresses[:declared] {
		fmt.Fprintf(&list, "[[device]]\naddress = \"%s\"\non-drift = \"report\"\n", a)
	}
	folder := filepath.Join(root, "etc", "xenpci")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "devices.toml"), []byte(list.String()), 0o600); err != nil {
		b.Fatal(err)
	}
}

// resident runs xenpcid for some looks, and returns VmRSS in KiB.
func resident(b *testing.B, name, root string) int {
	b.Helper()
	xenpcid := exec.Command(name, "--root", root)
	log, err := xenpcid.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := xenpcid.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = xenpcid.Process.Signal(syscall.SIGTERM)
		_ = xenpcid.Wait()
	}()
	lines := bufio.NewScanner(log)
	until := func(text string) {
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		b.Fatalf("xenpcid has ended without %q", text)
	}
	until("it is declared") // of one of the devices
	for range looks {
		if err := xenpcid.Process.Signal(syscall.SIGHUP); err != nil {
			b.Fatal(err)
		}
		until("reloading")
	}
	time.Sleep(time.Second) // for the last look
	return rss(b, xenpcid.Process.Pid)
}

// rss returns VmRSS of a process, in KiB.
func rss(b *testing.B, pid int) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kibibytes, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				b.Fatal(err)
			}
			return kibibytes
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
