package grub

import "github.com/xenpci/xenpci/internal/parameter"

// CommandLine is a kernel's command line, with every byte of its text. The zero value
// is an empty line.
type CommandLine struct {
	text      string
	arguments []Argument
	file      bool // the first word is no argument, but names a file
}

// Argument is one word of a command line, "quiet" or "root=/dev/sda1".
type Argument struct {
	Key      string // as written, without quotes
	Value    string // without the quotes around it
	HasValue bool   // there is a "="
	// AfterDashes: a "--" precedes it, so that the kernel passes it to init and
	// ignores it. modprobe does not.
	AfterDashes bool
	Start, End  int // in the text, in bytes, quotes included

	open bool // a quote in it is not closed
}

// ParseCommandLine splits a command line as the kernel does (next_arg in
// lib/cmdline.c): white space ends a word except within double quotes, quotes
// cannot be escaped, and the first "=" that is not the first byte ends the key.
func ParseCommandLine(text string) CommandLine {
	c := CommandLine{text: text}
	dashes := false
	for _, w := range parameter.Split(text) {
		c.arguments = append(c.arguments, Argument{
			Key: w.Name, Value: w.Value, HasValue: w.HasValue, AfterDashes: dashes, Start: w.Start, End: w.End, open: w.Open,
		})
		dashes = dashes || w.Name == "--" && !w.HasValue
	}
	return c
}

// ParseFileLine splits a line that begins with the name of a file, to which Rewrite leaves its
// first word.
func ParseFileLine(text string) CommandLine {
	c := ParseCommandLine(text)
	c.file = len(c.arguments) > 0
	return c
}

// String returns the text that was parsed.
func (c CommandLine) String() string {
	return c.text
}

// Arguments returns all words in their order.
func (c CommandLine) Arguments() []Argument {
	return c.arguments
}

// All returns the arguments with this key, in their order.
func (c CommandLine) All(key string) []Argument {
	var found []Argument
	for _, a := range c.arguments {
		if SameKey(a.Key, key) {
			found = append(found, a)
		}
	}
	return found
}

// Value returns the value that a parameter of one text gets: that of the last argument
// with this key. Those after "--" are included, as modprobe reads them.
func (c CommandLine) Value(key string) (value string, ok bool) {
	all := c.All(key)
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1].Value, true
}

// SameKey reports whether two names of parameters are equal for the kernel, which takes
// "-" for "_" (parameq in kernel/params.c).
func SameKey(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if underscore(a[i]) != underscore(b[i]) {
			return false
		}
	}
	return true
}

func underscore(c byte) byte {
	if c == '-' {
		return '_'
	}
	return c
}
