package picture

import (
	"bufio"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/topology"
)

// TextOptions describes the terminal. The zero value is for a file: UTF-8, no colour, lines
// of any length.
type TextOptions struct {
	ASCII   bool // the locale is not UTF-8
	Colour  bool
	Columns int // of the terminal; names are shortened to fit. 0 means no limit
}

// Text writes the tree with a line for each function. Virtual functions of one device that
// are in the same state share a line. The error is the writer's.
//
// Addresses and drivers are never shortened, so a line may be too long for a very narrow
// terminal.
func Text(w io.Writer, m Machine, o TextOptions) error {
	t := tree{Machine: m, glyphs: glyphsOf(o.ASCII), show: shownIn(o.ASCII)}
	for _, domain := range m.Domains {
		for _, bus := range domain.Buses {
			t.root(bus)
		}
	}
	buffered := bufio.NewWriter(w)
	p := newPrinter(buffered, o, t)
	for _, l := range t.lines {
		p.line(l)
	}
	return buffered.Flush()
}

// glyphs are the characters with which branches are drawn.
type glyphs struct{ branch, last, pass, none, ellipsis string }

func glyphsOf(ascii bool) glyphs {
	if ascii {
		return glyphs{"|- ", "`- ", "|  ", "   ", "..."}
	}
	return glyphs{"├─ ", "└─ ", "│  ", "   ", "…"}
}

func shownIn(plain bool) func(string) string {
	if plain {
		return func(s string) string { return ascii(clean(s)) }
	}
	return clean
}

// line is a line, before the widths of the columns are known.
type line struct {
	branches string
	address  string // with the buses behind a bridge
	name     string
	driver   string
	guest    string // " -> guest2", and ", was eth2" or ", eth2"
	state    state
	root     bool
}

// tree collects the lines.
type tree struct {
	Machine
	glyphs
	show  func(string) string
	lines []line
}

func (t *tree) root(bus *topology.Bus) {
	heading := "Bus " + busName(bus)
	if above, ok := controller(bus); ok {
		heading += ", behind " + above.String()
	}
	t.lines = append(t.lines, line{address: heading, root: true})
	t.grow(t.entries(bus), "")
}

func (t *tree) grow(entries []entry, branches string) {
	for i, e := range entries {
		mine, below := t.branch, t.pass
		if i == len(entries)-1 {
			mine, below = t.last, t.none
		}
		t.lines = append(t.lines, t.line(e, branches+mine))
		t.grow(t.below(e), branches+below)
	}
}

func (t *tree) line(e entry, branches string) line {
	l := line{branches: branches, address: e.address(), name: t.show(t.Name(e.Device)), state: e.state}
	switch behind := e.behind(); {
	case behind != "":
		l.address += "-[" + behind + "]"
	case e.many():
		l.address += "  " + e.family()
	}
	l.driver = t.show(e.driver())
	switch {
	case e.Guest != "":
		l.guest = " -> " + t.show(e.Guest)
	case e.Registered && !e.Hidden:
		l.driver += ", slot registered"
	}
	for _, names := range []string{e.Names, e.Was} {
		if names != "" && !e.many() { // they are those of one of them
			l.guest += ", " + t.show(names)
		}
	}
	return l
}

// columns returns the width of the longest line up to its name, and the width of the longest
// driver without and with a guest.
func (t *tree) columns() (names, drivers, guests int) {
	for _, l := range t.lines {
		if l.root {
			continue
		}
		names = max(names, l.left()+len(between)+columnsOf(l.name))
		drivers = max(drivers, columnsOf(l.driver))
		guests = max(guests, columnsOf(l.driver)+columnsOf(l.guest))
	}
	return names, drivers, guests
}

// left returns the width of the part before the name.
func (l line) left() int { return columnsOf(l.branches) + columnsOf(l.address) }

// between separates address, name and driver.
const between = "  "

// blanks returns n blanks, or none if n is negative.
func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }
