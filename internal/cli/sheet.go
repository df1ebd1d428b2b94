package cli

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// sheet is what is known of one thing, a label and a value each.
type sheet []labelled

type labelled struct{ label, value string }

// leastValue is how narrow the column of values becomes before lines are left to the
// terminal.
const leastValue = 24

// print aligns the values. On a screen they are wrapped between words, and a label that the
// row above has too is left out; in a file or a pipe each row is one line with its label.
func (s sheet) print(w io.Writer, screen screen) error {
	indent := 0
	for _, row := range s {
		indent = max(indent, utf8.RuneCountInString(row.label)+len(":")+len(columnGap))
	}
	width := 0
	if screen.terminal() {
		width = max(screen.columns-indent, leastValue)
	}
	out := bufio.NewWriter(w) // keeps its error for Flush
	for i, row := range s {
		start := row.label + ":"
		if i > 0 && screen.terminal() && row.label == s[i-1].label {
			start = ""
		}
		for _, line := range wrap(inOneLine(row.value), width) {
			_, _ = out.WriteString(start + strings.Repeat(" ", indent-utf8.RuneCountInString(start)) + line + "\n")
			start = ""
		}
	}
	return out.Flush()
}

// wrap breaks a text between words into lines of at most so many characters, but for longer
// words; 0 is no limit.
func wrap(text string, width int) (lines []string) {
	if width == 0 {
		return []string{text}
	}
	line := ""
	for _, word := range strings.Fields(text) {
		longer := strings.TrimPrefix(line+" "+word, " ")
		if line != "" && utf8.RuneCountInString(longer) > width {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	return append(lines, line)
}
