package grub

import (
	"fmt"
	"slices"
	"strings"
)

// Rewrite returns the operation by which the words of a command line become others. words gets
// those that are there, in their order, and returns those that are to be there; its error is
// returned. Words that stay keep their order, and the bytes between them. New words are written as
// they are: CheckWord says which words every reader of a command line takes.
func Rewrite(words func(have []string) ([]string, error)) Operation {
	return Operation{func(c CommandLine) ([]splice, error) {
		have := c.words()
		var file []string
		if c.file {
			file = have[:1]
		}
		want, err := words(slices.Clone(have[len(file):]))
		if err != nil {
			return nil, err
		}
		return c.rewrite(have, slices.Concat(file, want))
	}}
}

// CheckWord returns why a word cannot be written into a command line; nil if it can.
func CheckWord(word string) error {
	key, value, _ := strings.Cut(word, "=")
	if key == "---" {
		key = "--"
	}
	return writable(key, value)
}

// words returns the words as they are written, with their quotes.
func (c CommandLine) words() []string {
	all := make([]string, len(c.arguments))
	for i, a := range c.arguments {
		all[i] = c.text[a.Start:a.End]
	}
	return all
}

// maxRewritten bounds the words of a line that is rewritten; no kernel reads as many.
const maxRewritten = 1024

// rewrite returns the splices by which the words become others. Those of the longest common
// sequence stay.
func (c CommandLine) rewrite(have, want []string) (splices []splice, err error) {
	if len(have) > maxRewritten || len(want) > maxRewritten {
		return nil, fmt.Errorf("the line has more than %d words", maxRewritten)
	}
	i, j := 0, 0
	for _, next := range append(common(have, want), [2]int{len(have), len(want)}) {
		var gone []int
		for ; i < next[0]; i++ {
			gone = append(gone, i)
		}
		fresh := want[j:next[1]]
		text := strings.Join(fresh, " ")
		switch {
		case len(gone) > 0 && len(fresh) > 0:
			splices = append(splices, splice{c.arguments[gone[0]].Start, c.arguments[i-1].End, text})
		case len(gone) > 0:
			splices = append(splices, c.cutRun(gone[0], i)...)
		case len(fresh) > 0 && i > 0:
			splices = append(splices, splice{c.arguments[i-1].End, c.arguments[i-1].End, " " + text})
		case len(fresh) > 0 && len(have) > 0:
			splices = append(splices, splice{c.arguments[0].Start, c.arguments[0].Start, text + " "})
		case len(fresh) > 0:
			splices = append(splices, splice{len(c.text), len(c.text), text})
		}
		i, j = next[0]+1, next[1]+1
	}
	return splices, nil
}

// cutRun removes the arguments from one to before another, with the blank before them, or with
// the one after them if no other precedes.
func (c CommandLine) cutRun(from, to int) []splice {
	s := splice{start: c.arguments[from].Start, end: c.arguments[to-1].End}
	switch {
	case from > 0:
		s.start--
	case s.end < len(c.text):
		s.end++
	}
	return []splice{s}
}

// common returns the indexes of the longest common sequence of two lists of words.
func common(a, b []string) (pairs [][2]int) {
	// length[i][j] is that of a[i:] and b[j:].
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
