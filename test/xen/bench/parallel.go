package main

import (
	"fmt"
	"time"
)

// parallel measures what the kernel does side by side: each step for the eight
// devices one after another by one thread, and by eight threads at once.
func parallel() error {
	steps := []struct {
		name string
		do   func(name string) error
	}{
		{name: "e1000/unbind", do: func(name string) error { return write(native+"unbind", name) }},
		{name: "pciback/new_slot", do: func(name string) error { return write(pciback+"new_slot", name) }},
		{name: "pciback/bind", do: func(name string) error { return write(pciback+"bind", name) }},
		{name: "pciback/unbind", do: func(name string) error { return write(pciback+"unbind", name) }},
		{name: "pciback/remove_slot", do: func(name string) error { return write(pciback+"remove_slot", name) }},
		{name: "e1000/bind", do: func(name string) error { return write(native+"bind", name) }},
	}
	orders := []func(func(string) error) error{oneByOne, each}
	times := make([][2][]time.Duration, len(steps))
	for range rounds {
		for order, run := range orders {
			if err := reset(true); err != nil {
				return err
			}
			for i, step := range steps {
				begun := time.Now()
				if err := run(step.do); err != nil {
					return err
				}
				times[i][order] = append(times[i][order], time.Since(begun))
			}
		}
	}
	fmt.Printf("\n## What the kernel runs in parallel\n\nEight devices, median of %d rounds.\n\n", rounds)
	fmt.Print("| write | one after another | eight threads at once | ratio |\n|---|---|---|---|\n")
	for i, step := range steps {
		fmt.Printf("| %s | %s | %s | %.2f |\n", step.name,
			milliseconds(median(times[i][0])), milliseconds(median(times[i][1])), ratio(times[i][1], times[i][0]))
	}
	return nil
}
