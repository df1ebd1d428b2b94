package archive

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// hexWidth is the number of bytes on one line of a hex body.
const hexWidth = 16

// Format returns the text form, from which Parse returns a again. The error names the
// entry that cannot be written.
func (a Archive) Format() ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(a.Comment)
	if a.Comment != "" && !strings.HasSuffix(a.Comment, "\n") {
		b.WriteByte('\n')
	}
	for _, e := range a.Entries {
		e.format(&b)
	}
	return b.Bytes(), nil
}

func (e Entry) format(b *bytes.Buffer) {
	switch {
	case e.Target != "":
		fmt.Fprintf(b, "-- %s -> %s --\n", e.Path, e.Target)
		return
	case e.Dir:
		fmt.Fprintf(b, "-- %s/ --\n", e.Path)
		return
	}
	var notes []string
	text := isText(e.Data)
	if !text {
		notes = append(notes, "hex")
	}
	if e.Mode != DefaultMode(e.Path) {
		notes = append(notes, fmt.Sprintf("%04o", e.Mode))
	}
	if len(notes) == 0 {
		fmt.Fprintf(b, "-- %s --\n", e.Path)
	} else {
		fmt.Fprintf(b, "-- %s (%s) --\n", e.Path, strings.Join(notes, " "))
	}
	if text {
		b.Write(e.Data)
		return
	}
	for line := range slices.Chunk(e.Data, hexWidth) {
		fmt.Fprintf(b, "% x\n", line)
	}
}

// isText reports whether data can be written unchanged between markers and read back.
func isText(data []byte) bool {
	if len(data) == 0 {
		return true
	}
	if data[len(data)-1] != '\n' || !utf8.Valid(data) {
		return false
	}
	for line := range bytes.Lines(data) {
		if _, marker := markerName(string(line)); marker {
			return false
		}
		if bytes.ContainsFunc(line[:len(line)-1], func(r rune) bool { return r < ' ' && r != '\t' }) {
			return false
		}
	}
	return true
}
