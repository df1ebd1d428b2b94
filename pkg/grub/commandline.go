package grub

// The argument that names the devices that pciback takes when it starts.
const (
	// HideKey is its name in today's kernels, where the module is xen-pciback.
	HideKey = "xen-pciback.hide"
	// OldHideKey is its name in the XenoLinux kernels of Xen 3, where the module
	// is pciback. Today's kernels ignore it.
	OldHideKey = "pciback.hide"
)

// CommandLine is a kernel's command line, with every byte of its text. The zero
// value is an empty one.
type CommandLine struct {
	text      string
	arguments []Argument
}

// Argument is one word of a command line, "quiet" or "root=/dev/sda1".
type Argument struct {
	Key      string // as written, without quotes
	Value    string // without the quotes around it
	HasValue bool   // there is a "="
	// AfterDashes says that a "--" stands before it: the kernel hands it to init
	// and does not look at it. modprobe still does.
	AfterDashes bool
	Start, End  int // in the text, in bytes, quotes included

	open bool // a quote that begins here does not end
}

// ParseCommandLine splits a command line as the kernel does (next_arg in
// lib/cmdline.c): white space ends a word unless double quotes are open, quotes
// cannot be escaped, and the first "=" that is not the first byte ends the key.
func ParseCommandLine(text string) CommandLine {
	c := CommandLine{text: text}
	dashes := false
	for at := skipBlanks(text, 0); at < len(text); {
		a := nextArgument(text, at)
		a.AfterDashes = dashes
		dashes = dashes || a.Key == "--" && !a.HasValue
		c.arguments = append(c.arguments, a)
		at = skipBlanks(text, a.End)
	}
	return c
}

func nextArgument(text string, start int) Argument {
	a := Argument{Start: start}
	from := start
	quoted := text[from] == '"'
	if quoted {
		from++
		a.open = true
	}
	equals := from
	end := from
	for ; end < len(text) && (a.open || !blank(text[end])); end++ {
		switch {
		case text[end] == '"':
			a.open = !a.open
		case text[end] == '=' && equals == from && end > from:
			equals = end
		}
	}
	a.End = end
	// One closing quote goes with the quote that opens the word or its value.
	last := end
	a.HasValue = equals > from
	opens := quoted || a.HasValue && equals+1 < end && text[equals+1] == '"'
	if opens && last > from && text[last-1] == '"' {
		last--
	}
	if !a.HasValue {
		a.Key = text[from:last]
		return a
	}
	a.Key = text[from:equals]
	value := equals + 1
	if value < end && text[value] == '"' {
		value++
	}
	a.Value = text[value:max(value, last)]
	return a
}

// blank is the kernel's isspace, for which byte a0 is one as well (lib/ctype.c).
func blank(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0
}

func skipBlanks(text string, at int) int {
	for at < len(text) && blank(text[at]) {
		at++
	}
	return at
}

// String is the text, as it was given.
func (c CommandLine) String() string {
	return c.text
}

// Arguments are all words in their order.
func (c CommandLine) Arguments() []Argument {
	return c.arguments
}

// All are the arguments of a key, in their order.
func (c CommandLine) All(key string) []Argument {
	var found []Argument
	for _, a := range c.arguments {
		if SameKey(a.Key, key) {
			found = append(found, a)
		}
	}
	return found
}

// Value is what the kernel makes of a key that takes one text: the last of its
// arguments wins. Those after "--" count too, as they do for modprobe.
func (c CommandLine) Value(key string) (value string, ok bool) {
	all := c.All(key)
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1].Value, true
}

// SameKey compares names of parameters as the kernel does: "-" and "_" are one
// (parameq in kernel/params.c).
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
