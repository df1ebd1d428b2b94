package main

import (
	"fmt"
	"os/exec"
	"time"
)

// memory watches the memory of xenpci while it hides the eight devices. Its
// workers have no memory of their own.
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
	highest := 0
	const pause = 2 * time.Millisecond
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("xenpci hide: %w", err)
			}
			const kibibyte = 1024
			fmt.Printf("\n## Memory of xenpci hide, eight devices\n\nPeak resident: %.1f MiB\n", float64(highest)/kibibyte)
			return reset(true)
		case <-time.After(pause):
			// It may have ended.
			peak, _ := status(fmt.Sprintf("/proc/%d", hide.Process.Pid), "VmHWM")
			highest = max(highest, peak)
		}
	}
}
