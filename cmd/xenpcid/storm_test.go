package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	uevents = 10_000
	reloads = 1_000
	settled = 3 * time.Second // after which nothing is left to do
)

// BenchmarkStorm is what 10,000 uevents within ten seconds and more, and then 1,000 reloads,
// cost xenpcid on a machine with 256 devices, 64 of them declared. It takes root: xenpcid has
// a root folder and a network namespace of its own. The uevents are the kernel's, about a
// network interface that gets other names; they cause no look. So the looks of a storm are
// caused by as many reloads.
func BenchmarkStorm(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("namespaces take root")
	}
	root := machine(b)
	name := filepath.Join(root, "xenpcid")
	build(b, name)
	for b.Loop() {
		storm(b, name, root)
	}
}

func storm(b *testing.B, name, root string) {
	b.Helper()
	xenpcid := exec.Command("/" + filepath.Base(name))
	xenpcid.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Cloneflags: unix.CLONE_NEWNET}
	xenpcid.Dir = "/"
	log, err := xenpcid.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := xenpcid.Start(); err != nil {
		b.Fatal(err)
	}
	go io.Copy(io.Discard, log)
	defer func() {
		_ = xenpcid.Process.Signal(syscall.SIGTERM)
		_ = xenpcid.Wait()
	}()
	time.Sleep(settled)
	before := used(b, xenpcid.Process.Pid)
	begun := time.Now()
	rename(b, xenpcid.Process.Pid, func() {
		if err := xenpcid.Process.Signal(syscall.SIGHUP); err != nil {
			b.Error(err)
		}
	})
	took := time.Since(begun)
	time.Sleep(settled)
	after := used(b, xenpcid.Process.Pid)
	for range reloads {
		if err := xenpcid.Process.Signal(syscall.SIGHUP); err != nil {
			b.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(settled)
	last := used(b, xenpcid.Process.Pid)
	b.ReportMetric(took.Seconds(), "s-storm")
	b.ReportMetric((after.cpu - before.cpu).Seconds(), "cpu-s-storm")
	b.ReportMetric((last.cpu - after.cpu).Seconds(), "cpu-s-reloads")
	b.ReportMetric(before.resident, "MiB-first")
	b.ReportMetric(after.resident, "MiB-storm")
	b.ReportMetric(last.resident, "MiB-reloads")
}

// rename causes the uevents, from a thread in xenpcid's network namespace, and calls look for
// each look that they would cause if they were about PCI devices.
func rename(b *testing.B, pid int, look func()) {
	b.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocks it: the thread ends with the goroutine
		done <- renameIn(fmt.Sprintf("/proc/%d/ns/net", pid), look)
	}()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

func renameIn(namespace string, look func()) error {
	ns, err := os.Open(namespace)
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	names := []string{"lo", "other"}
	for i := range uevents {
		request := struct{ from, to [unix.IFNAMSIZ]byte }{}
		copy(request.from[:], names[i%2])
		copy(request.to[:], names[(i+1)%2])
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFNAME, uintptr(unsafe.Pointer(&request))); errno != 0 {
			return errno
		}
		if i%(uevents/looks) == 0 {
			look()
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// usage is what a process has used.
type usage struct {
	cpu      time.Duration
	resident float64 // MiB
}

func used(b *testing.B, pid int) usage {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	// The fields after the name, which is in parentheses: see proc_pid_stat(5).
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var sum int
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		sum += ticks
	}
	return usage{time.Duration(sum) * 10 * time.Millisecond, float64(rss(b, pid)) / 1024}
}
