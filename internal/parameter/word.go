// Package parameter splits the text of kernel parameters into words as the kernel
// does: its command line, and the options of a module.
package parameter

// Word is one parameter, "quiet" or "root=/dev/sda1".
type Word struct {
	Start, End int    // in the text, in bytes, quotes included
	Name       string // as written, without quotes
	Value      string // without the quotes around it
	HasValue   bool   // there is a '='
	Open       bool   // a double quote that begins in it does not end
}

// Split returns the words of text (next_arg in lib/cmdline.c): white space
// separates them except within double quotes, quotes cannot be escaped, and the
// first '=' that is not the first byte ends the name.
func Split(text string) (words []Word) {
	for at := skipSpace(text, 0); at < len(text); {
		w := next(text, at)
		words = append(words, w)
		at = skipSpace(text, w.End)
	}
	return words
}

func next(text string, start int) Word {
	w := Word{Start: start}
	from := start
	quoted := text[from] == '"'
	if quoted {
		from++
		w.Open = true
	}
	equals, end := from, from
	for ; end < len(text) && (w.Open || !Space(text[end])); end++ {
		switch {
		case text[end] == '"':
			w.Open = !w.Open
		case text[end] == '=' && equals == from && end > from:
			equals = end
		}
	}
	w.End = end
	w.HasValue = equals > from
	// One closing quote belongs to the quote that opens the word or its value.
	last := end
	opens := quoted || w.HasValue && equals+1 < end && text[equals+1] == '"'
	if opens && last > from && text[last-1] == '"' {
		last--
	}
	if !w.HasValue {
		w.Name = text[from:last]
		return w
	}
	w.Name = text[from:equals]
	value := equals + 1
	if value < end && text[value] == '"' {
		value++
	}
	w.Value = text[value:max(value, last)]
	return w
}

// Space reports whether c is white space for the kernel: isspace of lib/ctype.c,
// whose table is that of Latin-1.
func Space(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0
}

func skipSpace(text string, at int) int {
	for at < len(text) && Space(text[at]) {
		at++
	}
	return at
}
