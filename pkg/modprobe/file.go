package modprobe

import "strings"

// File is one file of modprobe's configuration. It is not changed once it is
// made, and may be shared between goroutines.
type File struct {
	Path  string // as modprobe names it, without the root; "" where Parse made it
	Lines []Line
}

// Parse reads a file. Nothing is an error: what kmod passes over is a line of
// Kind Other, and Bytes gives every byte back.
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

// Bytes returns the file as it was read, or as it was edited.
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
