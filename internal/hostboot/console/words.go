package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/uart"
)

// Wanted is the serial port that Xen, dom0 and the boot loader are to have their console on.
type Wanted struct {
	Port  string // "com1" or "com2"
	Speed int    // in baud
}

// keyOf returns the option of a word.
func keyOf(word string) string {
	key, _, _ := strings.Cut(word, "=")
	return key
}

// splitOwn divides the words of a line at "--", after which they are for another program.
func splitOwn(words []string) (own, rest []string) {
	end := hostboot.ArgumentsEnd(words)
	return slices.Clone(words[:end]), words[end:]
}

// lastOf returns the index of the last word of an option, which takes effect; -1 if there is none.
func lastOf(words []string, key string) int {
	for i := len(words) - 1; i >= 0; i-- {
		if keyOf(words[i]) == key {
			return i
		}
	}
	return -1
}

// xenWords returns the words that Xen's line has to have. Of com1=, com2= and console= only the
// last one changes, and keeps what it says of the port's registers, and the other consoles.
func (w Wanted) xenWords(words []string) []string {
	own, rest := splitOwn(words)
	if at := lastOf(own, w.Port); at >= 0 {
		own[at] = w.portWord(own[at])
	} else {
		own = append(own, fmt.Sprintf("%s=%d,8n1", w.Port, w.Speed))
	}
	if at := lastOf(own, "console"); at >= 0 {
		own[at] = w.consoleWord(own[at])
	} else {
		own = append(own, "console="+w.Port+",vga")
	}
	return append(own, rest...)
}

// withoutOther returns the words without those by which xenpci set up the other port, if that is
// the console now. before are the words before xenpci set any.
func (w Wanted) withoutOther(words, before []string) []string {
	last := lastOf(words, "console")
	if last < 0 {
		return words
	}
	_, value, _ := strings.Cut(words[last], "=")
	other := map[string]string{"com1": "com2", "com2": "com1"}[w.Port]
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool {
		return keyOf(word) == other && slices.Contains(uart.Consoles(value), other) && !slices.Contains(before, word)
	})
}

// portWord returns com1= or com2= with the speed that is wanted, and 8n1.
func (w Wanted) portWord(word string) string {
	_, config, _ := strings.Cut(word, "=")
	if p := uart.Parse(w.Port, config); p.Speed == w.Speed && p.Fault == uart.NoFault {
		return word
	}
	fields := strings.Split(config, ",")
	kept := []string{fmt.Sprintf("%d,8n1", w.Speed)}
	for i, field := range fields {
		name, _, named := strings.Cut(field, "=")
		format := slices.Contains([]string{"baud", "data-bits", "parity", "stop-bits"}, name)
		if named && !format || !named && i > 1 {
			kept = append(kept, field)
		}
	}
	return w.Port + "=" + strings.Join(kept, ",")
}

// consoleWord returns console= with the port as its only serial port, and without what Xen does not
// have.
func (w Wanted) consoleWord(word string) string {
	_, value, _ := strings.Cut(word, "=")
	kept := []string{w.Port}
	for _, name := range strings.Split(value, ",") {
		switch plain := strings.TrimRight(name, "HL"); {
		case plain == w.Port:
			kept[0] = name // com1H stays
		case slices.Contains([]string{"vga", "pv", "xen"}, name):
			kept = append(kept, name)
		}
	}
	wanted := "console=" + strings.Join(kept, ",")
	if have := outputNames(value); slices.Equal(have, outputNames(strings.Join(kept, ","))) {
		return word // in another order
	}
	return wanted
}

// outputNames returns the names in a value of console=, sorted.
func outputNames(value string) []string {
	return slices.Sorted(slices.Values(strings.Split(value, ",")))
}

// dom0Words returns the words that dom0's line has to have: Xen's console comes last, and the other
// consoles stay, but for those on ports that Xen has. Where there is none, the screen stays a
// console too.
func dom0Words(words []string, tty string, taken []string) []string {
	own, rest := splitOwn(words)
	console := func(word string) string {
		if keyOf(word) != "console" {
			return ""
		}
		_, value, _ := strings.Cut(word, "=")
		name, _, _ := strings.Cut(strings.Trim(value, `"`), ",")
		return name
	}
	own = slices.DeleteFunc(own, func(word string) bool { return console(word) != tty && slices.Contains(taken, console(word)) })
	last := lastOf(own, "console")
	switch {
	case last < 0:
		own = append(own, "console=tty0", "console="+tty)
	case console(own[last]) != tty:
		word := "console=" + tty
		kept := slices.DeleteFunc(slices.Clone(own[:last+1]), func(word string) bool { return console(word) == tty })
		own = slices.Concat(kept, []string{word}, own[last+1:])
	}
	return append(own, rest...)
}

// restored returns words in which some options are what they were before: each of their words that
// was there before stands behind the word that it stood behind.
func restored(words, before, options []string) []string {
	ours := func(word string) bool { return slices.Contains(options, keyOf(word)) }
	theirs := func(word string) bool { return !ours(word) }
	own, rest := splitOwn(words)
	was, _ := splitOwn(before)
	old := slices.DeleteFunc(slices.Clone(was), theirs)
	if slices.Equal(old, slices.DeleteFunc(slices.Clone(own), theirs)) {
		return words
	}
	kept := slices.DeleteFunc(own, ours)
	for i, word := range was {
		if !ours(word) {
			continue
		}
		at := 0
		if i > 0 {
			if at = slices.Index(kept, was[i-1]) + 1; at == 0 {
				at = len(kept)
			}
		}
		kept = slices.Insert(kept, at, word)
	}
	return append(kept, rest...)
}
