package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// way is one way to hide the eight devices.
type way struct {
	name string
	hide func(bound bool) error
}

// ways are those that are compared. The first is the measure.
var ways = []way{
	{"raw writes, one after another, one small program", raw},
	{"xl pci-assignable-add, eight processes one after another", xl},
	{"xl pci-assignable-add, eight processes at once", xlAtOnce},
	{"xenpci hide --no-quarantine, one process", func(bool) error { return xenpci("--no-quarantine") }},
	{"xenpci hide, one process", func(bool) error { return xenpci() }},
	{"xenpci apply, one process, all declared", func(bool) error { return command("xenpci", "apply") }},
}

// declare writes the list that apply goes by, as a person would: where the cards
// are and what they are.
func declare(names ...string) error {
	var list strings.Builder
	for _, name := range names {
		fmt.Fprintf(&list, "[[device]]\naddress = %q\nid = \"8086:100e\"\n", name)
	}
	return errors.Join(os.MkdirAll("/etc/xenpci", 0o755), os.WriteFile("/etc/xenpci/devices.toml", []byte(list.String()), 0o644))
}

func raw(bound bool) error {
	var args []string
	for _, name := range names() {
		if bound {
			args = append(args, native+"unbind", name)
		}
		args = append(args, pciback+"new_slot", name, pciback+"bind", name)
	}
	return command("raw", args...)
}

func xl(bool) error {
	return oneByOne(func(name string) error { return command("xl", "pci-assignable-add", name) })
}

func xlAtOnce(bool) error {
	return each(func(name string) error { return command("xl", "pci-assignable-add", name) })
}

func xenpci(flags ...string) error {
	return command("xenpci", append(append([]string{"hide"}, flags...), names()...)...)
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, args, err, out)
	}
	return nil
}

// compare measures every way, in turns, and prints the table.
func compare() error {
	if err := declare(names()...); err != nil {
		return err
	}
	fmt.Printf("## Eight devices hidden\n\nMedian of %d rounds, all ways in turns.\n", rounds)
	for _, bound := range []bool{false, true} {
		fmt.Printf("\n%s:\n\n| way | time | to raw writes | to xl |\n|---|---|---|---|\n",
			map[bool]string{false: "Nothing bound before", true: "e1000 bound before"}[bound])
		times := make([][]time.Duration, len(ways))
		for round := range rounds {
			for i := range ways {
				// Another one begins each round.
				i = (i + round) % len(ways)
				took, err := measure(ways[i], bound)
				if err != nil {
					return err
				}
				times[i] = append(times[i], took)
			}
		}
		for i, way := range ways {
			fmt.Printf("| %s | %s | %.2f | %.2f |\n", way.name, milliseconds(median(times[i])),
				ratio(times[i], times[0]), ratio(times[i], times[1]))
		}
	}
	return reset(true)
}

func measure(w way, bound bool) (time.Duration, error) {
	if err := reset(bound); err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := w.hide(bound); err != nil {
		return 0, err
	}
	took := time.Since(begun)
	return took, hidden()
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// ratio is the median of the rounds' ratios: two times of one round were
// measured while the machine was busy alike.
func ratio(times, to []time.Duration) float64 {
	var ratios []float64
	for i := range times {
		ratios = append(ratios, float64(times[i])/float64(to[i]))
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
