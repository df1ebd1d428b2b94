package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memory watches the memory of xenpci while it hides the eight devices: the
// peak of each of its processes, and their sum.
func memory() error {
	if err := reset(true); err != nil {
		return err
	}
	hide := exec.Command("xenpci", append([]string{"hide"}, names()...)...)
	if err := hide.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- hide.Wait() }()
	peaks := map[string]int{}
	const pause = 2 * time.Millisecond
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("xenpci hide: %w", err)
			}
			printPeaks(peaks)
			return reset(true)
		case <-time.After(pause):
			lookAt(peaks)
		}
	}
}

// lookAt notes the peak so far of every process that runs xenpci.
func lookAt(peaks map[string]int) {
	programs, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, program := range programs {
		if target, err := os.Readlink(program); err != nil || filepath.Base(target) != "xenpci" {
			continue
		}
		process := filepath.Dir(program)
		status, _ := os.ReadFile(process + "/status")
		for line := range strings.Lines(string(status)) {
			if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				if kibibytes, err := strconv.Atoi(strings.Fields(value)[0]); err == nil {
					peaks[process] = max(peaks[process], kibibytes)
				}
			}
		}
	}
}

func printPeaks(peaks map[string]int) {
	const kibibyte = 1024
	sum := 0
	fmt.Print("\n## Memory of xenpci hide, eight devices\n\n| process | peak resident |\n|---|---|\n")
	for process, peak := range peaks {
		sum += peak
		fmt.Printf("| %s | %.1f MiB |\n", filepath.Base(process), float64(peak)/kibibyte)
	}
	fmt.Printf("| all | %.1f MiB |\n", float64(sum)/kibibyte)
}
