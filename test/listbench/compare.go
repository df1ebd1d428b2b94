package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Rounds of each comparison; a large tree takes fewer.
const (
	manyRounds = 101
	fewRounds  = 21
)

func rounds(size int) int {
	if size > 1000 {
		return fewRounds
	}
	return manyRounds
}

// goals are how many times the CPU time of xenpci lspci is wanted to take, by
// the flags and the size of the tree; 0 is this machine.
var goals = map[string]map[int]float64{
	"-nn":  {16: 4.5, 256: 3.8, 4096: 3.3, 0: 5},
	"-nnk": {16: 4.5, 256: 4.5, 4096: 5, 0: 5},
}

// where says on what the figures were measured.
func (b tested) where() error {
	version, err := exec.Command("lspci", "--version").Output()
	if err != nil {
		return err
	}
	devices, err := os.ReadDir("/sys/bus/pci/devices")
	if err != nil {
		return err
	}
	indexes, err := filepath.Glob(filepath.Join(kernelFolder, "tree/lib/modules/*"))
	if err != nil {
		return err
	}
	fmt.Printf("Measured by `make bench-list` against %s and ghw 0.26, with %s and Linux %s on %d processors; this machine's /sys has %d devices, the module indexes are those of Linux %s. All figures are medians of %d paired runs, %d for 4096 devices.\n\n",
		strings.TrimSpace(string(version)), runtime.Version(), b.release, runtime.NumCPU(), len(devices), filepath.Base(indexes[0]), manyRounds, fewRounds)
	return nil
}

// start compares what is there before anything is listed.
func (b tested) start() error {
	runs, err := measureAll(manyRounds, []string{b.minimal}, []string{b.xenpci, "--version"}, []string{"lspci", "--version"})
	if err != nil {
		return err
	}
	fmt.Println("| start | CPU ms | wall ms |")
	fmt.Println("|---|---|---|")
	for i, name := range []string{"a Go program that prints one line", "`xenpci --version`", "`lspci --version`"} {
		fmt.Printf("| %s | %s | %s |\n", name, ms(runs[i].cpu), ms(runs[i].wall))
	}
	fmt.Println()
	return nil
}

// compare prints a line for each size and each set of flags.
func (b tested) compare() error {
	fmt.Println("| devices | flags | lspci CPU ms | xenpci | ratio | wanted | lspci wall ms | xenpci | ratio | ghw CPU ms | lspci MiB | xenpci |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, size := range append(sizes, 0) {
		for _, flags := range []string{"-nn", "-nnk"} {
			runs, err := measureAll(rounds(size), b.lspci(size, flags), b.list(size, flags), []string{b.ghw, b.root(size)})
			if err != nil {
				return err
			}
			lspci, xenpci, ghw := runs[0], runs[1], runs[2]
			lspciMemory, err := memory(b.lspci(size, flags))
			if err != nil {
				return err
			}
			xenpciMemory, err := memory(b.list(size, flags))
			if err != nil {
				return err
			}
			fmt.Printf("| %s | `%s` | %s | %s | %.1f | %.1f | %s | %s | %.1f | %s | %s | %s |\n", name(size), flags,
				ms(lspci.cpu), ms(xenpci.cpu), ratio(lspci.cpu, xenpci.cpu), goals[flags][size],
				ms(lspci.wall), ms(xenpci.wall), ratio(lspci.wall, xenpci.wall), ms(ghw.cpu), mib(lspciMemory), mib(xenpciMemory))
		}
	}
	fmt.Println()
	return nil
}

// lspci is the command over a tree. Of the names that udev's database has it
// knows nothing, as on a machine without that.
func (b tested) lspci(size int, flags string) []string {
	command := []string{"lspci", "-O", "hwdb.disable=1", flags}
	if size > 0 {
		command = append(command, "-A", "linux-sysfs", "-O", "sysfs.path="+b.root(size)+"/sys/bus/pci")
	}
	return command
}

func (b tested) list(size int, flags string) []string {
	return []string{b.xenpci, "list", "--root", b.root(size), flags}
}

func name(size int) string {
	if size == 0 {
		return "this /sys"
	}
	return fmt.Sprint(size)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

func mib(kib int64) string { return fmt.Sprintf("%.1f", float64(kib)/1024) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
