package modprobe

import "strings"

// File is one file of modprobe's configuration. It is immutable and may be shared
// between goroutines.
type File struct {
	Path  string // as modprobe names it, without the root; "" if Parse returned it
	Lines []Line
}

// Parse reads a file. Nothing is an error: a line that kmod ignores is of Kind Other,
// and Bytes returns every byte.
func Parse(content []byte) *File {
	f := &File{}
	rest := string(content)
	for number := 1; rest != ""; {
		raw := rest[:lineLength(rest)]
		f.Lines = append(f.Lines, Line{Number: number, Raw: raw, Directive: parseRaw(raw)})
		number += strings.Count(raw, "\n")
		rest = rest[len(raw):]
	}
	return f
}

// Bytes returns the content that was parsed.
func (f *File) Bytes() []byte { return []byte(f.String()) }

// String is Bytes as a string.
func (f *File) String() string {
	var b strings.Builder
	for _, l := range f.Lines {
		b.WriteString(l.Raw)
	}
	return b.String()
}

func parseRaw(raw string) Directive {
	if !strings.ContainsRune(raw, '\\') { // as nearly every line is
		return parseDirective(strings.TrimSuffix(raw, "\n"))
	}
	return parseDirective(string(unescape(raw)))
}
