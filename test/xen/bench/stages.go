package main

import (
	"fmt"
	"time"
)

// stages measures how far xenpci gets in which time, with nothing bound before:
// each line does what the one before it does, and more.
func stages() error {
	nothing := func() error { return nil }
	all := []struct {
		name    string
		prepare func() error
		run     func() error
	}{
		{"a Go program that does nothing", nothing, func() error { return command("raw") }},
		{"... that reads its command line (xenpci --version)", nothing, func() error { return command("xenpci", "--version") }},
		{"... asks xenstored and reads the devices (--dry-run)", nothing,
			func() error { return xenpci("--no-quarantine", "--dry-run") }},
		{"... takes the lock, keeps a journal, looks for guests (all hidden already)", func() error { return raw(false) },
			func() error { return xenpci("--no-quarantine") }},
		{"... notes where the devices come from and moves them", nothing, func() error { return xenpci("--no-quarantine") }},
		{"raw writes, for comparison", nothing, func() error { return raw(false) }},
	}
	times := make([][]time.Duration, len(all))
	for range rounds {
		for i, stage := range all {
			if err := reset(false); err != nil {
				return err
			}
			if err := stage.prepare(); err != nil {
				return err
			}
			begun := time.Now()
			if err := stage.run(); err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(begun))
		}
	}
	fmt.Printf("\n## Where the time of xenpci goes\n\nEight devices, nothing bound before, median of %d rounds, all in turns.\n\n", rounds)
	fmt.Print("| a program | time | to raw writes |\n|---|---|---|\n")
	for i, stage := range all {
		fmt.Printf("| %s | %s | %.2f |\n", stage.name, milliseconds(median(times[i])), ratio(times[i], times[len(all)-1]))
	}
	return nil
}
