package grub

import (
	"fmt"
	"slices"
	"strings"
)

// Operation changes the arguments of one key of a command line, wherever that
// line stands: SetKey and RemoveKey make them, and CommandLine.Apply,
// MenuList.EditDom0, MenuList.EditOption and Defaults.EditArguments take them.
// Every other byte is kept. The zero value changes nothing.
type Operation struct {
	splices func(CommandLine) ([]splice, error)
}

// on returns what the operation changes of a line.
func (o Operation) on(c CommandLine) ([]splice, error) {
	if o.splices == nil {
		return nil, nil
	}
	return o.splices(c)
}

// SetKey gives key exactly one argument with this value, in the place of its last
// one, or else at the end, before a "--". If the line did not have the key,
// RemoveKey restores it. A value with white space, quotes or characters of the
// shell is an error: some reader of a command line would change it.
func SetKey(key, value string) Operation {
	return Operation{func(c CommandLine) ([]splice, error) {
		if err := writable(key, value); err != nil {
			return nil, err
		}
		return c.set(key, value, c.indexes(key)), nil
	}}
}

// RemoveKey takes out all arguments of a key, each with one blank beside it.
func RemoveKey(key string) Operation {
	return Operation{func(c CommandLine) ([]splice, error) {
		return c.cut(c.indexes(key)), nil
	}}
}

// Apply returns the command line after the operation.
func (c CommandLine) Apply(o Operation) (CommandLine, error) {
	splices, err := o.on(c)
	if err != nil {
		return CommandLine{}, err
	}
	return ParseCommandLine(spliced(c.text, splices)), nil
}

func writable(key, value string) error {
	if key == "" || strings.ContainsFunc(key, unfit) || strings.ContainsRune(key, '=') || key == "--" {
		return fmt.Errorf("%q cannot be the name of a kernel parameter", key)
	}
	if strings.ContainsFunc(value, unfit) {
		return fmt.Errorf("%s: the value %q has blanks, quotes or other characters that cannot be on a command line", key, value)
	}
	return nil
}

// unfit reports whether r has a meaning to one of the programs that read a command line
// before the kernel.
func unfit(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"'\\$`;&|<>{}#", r)
}

func (c CommandLine) indexes(key string) []int {
	var found []int
	for i, a := range c.arguments {
		if SameKey(a.Key, key) {
			found = append(found, i)
		}
	}
	return found
}

// set writes key=value once and takes out the other arguments in have.
func (c CommandLine) set(key, value string, have []int) []splice {
	word := key + "=" + value
	place := -1
	for _, i := range have {
		if a := c.arguments[i]; SameKey(a.Key, key) && !a.AfterDashes && !a.open {
			place = i
		}
	}
	if place < 0 {
		return sortSplices(append(c.cut(have), c.insertion(word, have)))
	}
	others := slices.DeleteFunc(slices.Clone(have), func(i int) bool { return i == place })
	splices := c.cut(others)
	if a := c.arguments[place]; c.text[a.Start:a.End] != word {
		splices = append(splices, splice{a.Start, a.End, word})
	}
	return sortSplices(splices)
}

// insertion inserts a word after the last argument that stays, before "--" and before a
// quote that is not closed.
func (c CommandLine) insertion(word string, gone []int) splice {
	at := 0
	for at < len(c.arguments) && !c.arguments[at].open && c.text[c.arguments[at].Start:c.arguments[at].End] != "--" {
		at++
	}
	before := at - 1
	for before >= 0 && slices.Contains(gone, before) {
		before--
	}
	switch {
	case before >= 0:
		end := c.arguments[before].End
		return splice{end, end, " " + word}
	case at < len(c.arguments):
		start := c.arguments[at].Start
		return splice{start, start, word + " "}
	}
	return splice{len(c.text), len(c.text), word}
}

// cut removes arguments, each with the blank before it, or with the one after it if no
// other argument precedes it. The text between two of them is removed too.
func (c CommandLine) cut(indexes []int) []splice {
	var splices []splice
	leading := 0
	for n, i := range indexes {
		s := splice{start: c.arguments[i].Start, end: c.arguments[i].End}
		if n > 0 && indexes[n-1] == i-1 {
			s.start = splices[n-1].end
		} else if i > 0 {
			s.start--
		}
		if i == leading {
			leading++
			if s.end < len(c.text) {
				s.end++
			}
		}
		splices = append(splices, s)
	}
	return splices
}

// sortSplices orders by position; an insertion goes before what is cut there.
func sortSplices(splices []splice) []splice {
	slices.SortStableFunc(splices, func(a, b splice) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return a.end - b.end
	})
	return splices
}
