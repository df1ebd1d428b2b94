package picture

import (
	"bufio"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/topology"
)

// TextOptions say what the terminal can do. The zero value is a file: UTF-8, no
// colour, lines as long as they need to be.
type TextOptions struct {
	ASCII   bool // the locale is not UTF-8
	Colour  bool
	Columns int // of the terminal; names are cut to stay within. 0: no limit
}

// Text writes the tree, a line for each function. Virtual functions of one
// device that are in the same state share a line. The error is the writer's.
//
// Addresses and drivers are never cut, so that a line may still be too long for
// a very narrow terminal.
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

// glyphs are what the branches are drawn with.
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

// line is a line before it is known how wide all of them are.
type line struct {
	branches string
	address  string // with what is behind a bridge
	name     string
	driver   string
	guest    string // " -> guest2"
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
	return l
}

// columns returns how far address and name of the longest line go, and how much
// the longest driver needs, without and with a guest.
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

// left is the width of what stands before the name.
func (l line) left() int { return columnsOf(l.branches) + columnsOf(l.address) }

// between stands between address, name and driver.
const between = "  "

// blanks pads to a column.
func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }
