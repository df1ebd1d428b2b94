package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// nothingSeen is what show says of a hidden device that would have had an interface or
// a disk.
const nothingSeen = "nothing was seen of it before pciback had it"

// wasParts returns what a device was, an interface or a disk each: "eth2,
// 00:1b:21:aa:bb:cc, 1 Gb/s". The numbers of disks are in it if they are wanted.
func wasParts(w *passthrough.Was, numbers bool) []string {
	if w == nil {
		return nil
	}
	var parts []string
	add := func(words ...string) {
		var said []string
		for _, word := range words {
			if word != "" {
				said = append(said, word)
			}
		}
		parts = append(parts, strings.Join(said, ", "))
	}
	for _, n := range w.Interfaces {
		add(n.Name, n.MAC, speed(n.Speed))
	}
	for _, d := range w.Disks {
		words := []string{d.Name, d.Model}
		if numbers && d.Serial != "" {
			words = append(words, "serial "+d.Serial)
		}
		if numbers && d.WWN != "" {
			words = append(words, d.WWN)
		}
		add(append(words, size(d.Size))...)
	}
	return parts
}

// wasLine returns what a device was in at most so many columns; "" for nothing. Where
// all of it takes more, it is the names.
func wasLine(w *passthrough.Was, columns int) string {
	parts := wasParts(w, false)
	if len(parts) == 0 {
		return ""
	}
	line := "was " + strings.Join(parts, "; ")
	if len([]rune(line)) <= columns {
		return line
	}
	return wasNames(w)
}

// wasNames returns the names that a device had: "was sda, sdb, sdc and 4 more"; "" for
// none.
func wasNames(w *passthrough.Was) string {
	if w == nil || w.Empty() {
		return ""
	}
	return "was " + fewNames(w.Names())
}

// mostNames is how many names fewNames has.
const mostNames = 3

// fewNames returns the first of some names: "sda, sdb, sdc and 4 more"; "" for none.
func fewNames(names []string) string { return fewOf(names, mostNames) }

// fewOf returns at most so many words, and how many more there are.
func fewOf(words []string, most int) string {
	if more := len(words) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), more)
	}
	return strings.Join(words, ", ")
}

// speed returns a speed as people say it: "2.5 Gb/s"; "" for none.
func speed(megabits int) string {
	switch {
	case megabits <= 0:
		return ""
	case megabits < 1000:
		return strconv.Itoa(megabits) + " Mb/s"
	}
	return strconv.FormatFloat(float64(megabits)/1000, 'f', -1, 64) + " Gb/s"
}

// size returns the size of a disk as makers print it, in powers of 1000 with three
// digits: "1.92 TB"; "" for none.
func size(bytes uint64) string {
	if bytes == 0 {
		return ""
	}
	value, units := float64(bytes), []string{"bytes", "kB", "MB", "GB", "TB", "PB", "EB"}
	for value >= 999.5 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	return strconv.FormatFloat(value, 'g', 3, 64) + " " + units[0]
}
