package main

import (
	"fmt"
	"time"
)

// start measures what starting a process costs here, since it is a good part
// of hiding devices that have no driver.
func start() error {
	fmt.Print("## A process started and ended\n\n| program | time |\n|---|---|\n")
	for _, program := range [][]string{{"busybox", "true"}, {"raw"}, {"xenpci", "--version"}, {"xl", "help"}} {
		var times []time.Duration
		for range 2 * rounds {
			begun := time.Now()
			if err := command(program[0], program[1:]...); err != nil {
				return err
			}
			times = append(times, time.Since(begun))
		}
		fmt.Printf("| %s | %s |\n", program[0], milliseconds(median(times)))
	}
	fmt.Println()
	return nil
}
