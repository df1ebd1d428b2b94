package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/daemon"
)

const (
	idleFor = 10 * time.Minute
	settled = 20 * time.Second // after which a daemon that was started has nothing left to do
	uevents = 10_000
	reloads = 1_000
)

// idle measures what xenpcid costs while nothing happens: with the cards hidden, how often
// its threads are woken, and what it keeps in memory.
func idle() error {
	if err := errors.Join(reset(true), declare(names()...)); err != nil {
		return err
	}
	xenpcid := exec.Command("xenpcid")
	if err := xenpcid.Start(); err != nil {
		return err
	}
	defer func() {
		_ = xenpcid.Process.Signal(syscall.SIGTERM)
		_ = xenpcid.Wait()
	}()
	time.Sleep(settled)
	if err := hidden(); err != nil {
		return err
	}
	proc := fmt.Sprintf("/proc/%d", xenpcid.Process.Pid)
	before, err := woken(proc)
	if err != nil {
		return err
	}
	time.Sleep(idleFor)
	after, err := woken(proc)
	if err != nil {
		return err
	}
	rss, err := status(proc, "VmRSS")
	if err != nil {
		return err
	}
	fmt.Printf("\n## xenpcid while nothing happens\n\n%d cards hidden, %s, all threads.\n\n", len(cards()), idleFor)
	fmt.Printf("| voluntary context switches a minute | VmRSS |\n|---|---|\n| %.1f | %.1f MiB |\n",
		float64(after-before)/idleFor.Minutes(), float64(rss)/1024)
	return nil
}

// woken returns how often the threads of a process have waited.
func woken(proc string) (sum int, err error) {
	threads, err := filepath.Glob(proc + "/task/*")
	for _, thread := range threads {
		n, statusErr := status(thread, "voluntary_ctxt_switches")
		sum, err = sum+n, errors.Join(err, statusErr)
	}
	return sum, err
}

// status returns a number of a process's or a thread's status.
func status(proc, name string) (int, error) {
	text, err := os.ReadFile(proc + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strconv.Atoi(strings.Fields(value)[0])
		}
	}
	return 0, fmt.Errorf("%s has no %s", proc, name)
}

// storm measures what many uevents and many reloads cost, and what is left of them in
// memory. The daemon runs in this process; another one causes the uevents.
func storm() error {
	if err := errors.Join(reset(true), declare(names()...)); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	reload, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- daemon.Run(ctx, daemon.Options{
			Root: "/", Timeout: time.Minute, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Reload: reload,
		})
	}()
	time.Sleep(settled)
	if err := hidden(); err != nil {
		return err
	}
	fmt.Print("\n## xenpcid and many events\n\n| | CPU | live heap | VmRSS | goroutines |\n|---|---|---|---|---|\n")
	row := func(name string) error {
		used, err := cpu()
		if err != nil {
			return err
		}
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		rss, err := status("/proc/self", "VmRSS")
		fmt.Printf("| %s | %.2f s | %.2f MiB | %.1f MiB | %d |\n", name, used.Seconds(), float64(memory.HeapAlloc)/(1<<20), float64(rss)/1024, runtime.NumGoroutine())
		return err
	}
	if err := row("at first"); err != nil {
		return err
	}
	script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do echo change >/sys/bus/pci/devices/%s/uevent; i=$((i+1)); done", uevents, names()[0])
	begun := time.Now()
	if err := command("sh", "-c", script); err != nil {
		return err
	}
	took := time.Since(begun)
	time.Sleep(settled / 4)
	if err := row(fmt.Sprintf("after %d uevents within %.1f s", uevents, took.Seconds())); err != nil {
		return err
	}
	for range reloads {
		select {
		case reload <- struct{}{}:
		case err := <-ended:
			return err
		}
	}
	time.Sleep(settled / 4)
	if err := row(fmt.Sprintf("after %d reloads", reloads)); err != nil {
		return err
	}
	stop()
	return errors.Join(<-ended, hidden())
}

// cpu returns what this process has used, without its children.
func cpu() (time.Duration, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), err
}
