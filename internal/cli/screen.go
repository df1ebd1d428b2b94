package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// screen is the terminal that the result goes to; the zero value is a file or a
// pipe.
type screen struct {
	columns int // 0: as many as are needed
	colour  bool
	ascii   bool // the locale is not UTF-8
}

// screenOf returns the screen that the results of a call go to.
func (a *app) screenOf() screen {
	if a.screen != nil {
		return *a.screen
	}
	return screenOf(a.Out)
}

func screenOf(out io.Writer) screen {
	s := screen{ascii: !isUTF8()}
	file, ok := raw(out).(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return s
	}
	s.columns, _, _ = term.GetSize(int(file.Fd()))
	if s.columns <= 0 { // a serial line does not tell
		s.columns = usualColumns
	}
	s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return s
}

// usualColumns is the width of a terminal that does not tell its own.
const usualColumns = 80

// terminal reports whether somebody looks at it.
func (s screen) terminal() bool { return s.columns > 0 }

// colour is how a cell or a word is shown on a terminal that has colours. It is a Unicode
// noncharacter, which no text that others wrote has a use for, until harmless writes it.
type colour rune

// The colours, by what they say.
const (
	plain    colour = 0
	good     colour = '\uFDD0'
	caution  colour = '\uFDD1'
	bad      colour = '\uFDD2'
	guests   colour = '\uFDD3'
	faint    colour = '\uFDD4'
	uncolour colour = '\uFDD5' // ends each of them
)

// sequence returns what a terminal takes for a colour (ECMA-48, SGR); "" for another
// character.
func (c colour) sequence() string {
	switch c {
	case good:
		return "\x1b[32m"
	case caution:
		return "\x1b[33m"
	case bad:
		return "\x1b[31m"
	case guests:
		return "\x1b[36m"
	case faint:
		return "\x1b[2m"
	case uncolour:
		return "\x1b[m"
	}
	return ""
}

// paint returns the text in a colour, where the screen has colours.
func (s screen) paint(text string, c colour) string {
	if !s.colour || c == plain || text == "" {
		return text
	}
	return string(c) + text + string(uncolour)
}

// mark begins a line on a terminal.
type mark int

// The marks.
const (
	noMark    mark = iota
	asItIs         // nothing to do
	attention      // something is missing, unfinished or wrong
)

// marked returns a line with its mark, where the screen is a terminal.
func (s screen) marked(text string, m mark) string {
	if !s.terminal() {
		return text
	}
	switch {
	case m == attention:
		return s.paint("!", bad) + " " + text
	case m == asItIs && !s.ascii:
		return s.paint("✓", good) + " " + text
	}
	return "  " + text
}

// paragraph returns a text, indented by so many blanks. Where the screen is a terminal it is
// wrapped between words, but for a text that has lines of its own.
func (s screen) paragraph(text string, indent int) string {
	blanks := strings.Repeat(" ", indent)
	if !s.terminal() || strings.Contains(text, "\n") {
		return blanks + text
	}
	lines := wrap(text, max(s.columns-indent-len(columnGap), leastValue))
	return blanks + strings.Join(lines, "\n"+blanks+columnGap)
}

// said returns a sentence with its mark, indented by so many blanks, and wrapped where the
// screen is a terminal.
func (s screen) said(text string, m mark, indent int) string {
	blanks := strings.Repeat(" ", indent)
	if !s.terminal() {
		return blanks + text
	}
	lines := wrap(text, max(s.columns-indent-2*len(columnGap), leastValue))
	for i, line := range lines {
		if i > 0 {
			line, m = columnGap+line, noMark
		}
		lines[i] = s.marked(blanks+line, m)
	}
	return strings.Join(lines, "\n")
}
