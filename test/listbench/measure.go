package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// run is what one run of a program took.
type run struct{ cpu, wall time.Duration }

// measure runs a program once, with its output to /dev/null.
func measure(command []string) (run, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return run{}, err
	}
	defer null.Close()
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = null, null
	begin := time.Now()
	if err := c.Run(); err != nil {
		return run{}, fmt.Errorf("%v: %w", command, err)
	}
	wall := time.Since(begin)
	return run{cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime(), wall: wall}, nil
}

// measureAll lets the programs take turns, so many rounds, and returns the
// medians of each.
func measureAll(rounds int, commands ...[]string) ([]run, error) {
	all := make([][]run, len(commands))
	for range rounds + 1 { // the first is to warm up
		for i, command := range commands {
			r, err := measure(command)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], r)
		}
	}
	medians := make([]run, len(commands))
	for i, runs := range all {
		runs = runs[1:]
		medians[i] = run{
			cpu:  median(runs, func(r run) time.Duration { return r.cpu }),
			wall: median(runs, func(r run) time.Duration { return r.wall }),
		}
	}
	return medians, nil
}

func median(runs []run, of func(run) time.Duration) time.Duration {
	values := make([]time.Duration, len(runs))
	for i, r := range runs {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// memory is the most memory that a program has at once, in KiB. GNU time starts
// it, because a process begins with the memory of the one that made it.
func memory(command []string) (int64, error) {
	c := exec.Command("time", append([]string{"--format", "%M"}, command...)...)
	var report bytes.Buffer
	c.Stderr = &report
	if err := c.Run(); err != nil {
		return 0, fmt.Errorf("%v: %w: %s", command, err, report.String())
	}
	return strconv.ParseInt(strings.TrimSpace(report.String()), 10, 64)
}
