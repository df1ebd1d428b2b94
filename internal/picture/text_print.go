package picture

import "bufio"

// The colours, as SGR parameters (ECMA-48 and the 8 colours that every terminal has). The
// text has the same information, for readers who cannot distinguish them.
const (
	sgrBold     = "1"
	sgrDim      = "2"
	sgrIdle     = "35"   // magenta
	sgrHidden   = "1;33" // yellow
	sgrAssigned = "1;36" // cyan
)

// printer aligns and colours lines. It relies on bufio.Writer, which keeps the first error
// until Flush.
type printer struct {
	*bufio.Writer
	colour  bool
	columns int // 0 means no limit
	driver  int // the column where drivers begin
	end     string
}

func newPrinter(w *bufio.Writer, o TextOptions, t tree) printer {
	names, drivers, guests := t.columns()
	p := printer{Writer: w, colour: o.Colour, columns: o.Columns, driver: names + len(between), end: t.ellipsis}
	if o.Columns > 0 {
		// A driver or guest with a very long name must not take all the space.
		last := max(min(drivers, o.Columns/2), min(guests, o.Columns/3))
		p.driver = max(min(p.driver, o.Columns-last), 0)
	}
	return p
}

// line writes one line: "├─ 00:09.0  3Com Corporation 3c905B  3c59x".
func (p printer) line(l line) {
	if l.root {
		p.put(l.address, sgrBold)
		_ = p.WriteByte('\n') // the buffer keeps its error for Flush
		return
	}
	address, name, driver := l.styles()
	p.put(l.branches, sgrDim)
	p.put(l.address, address)
	column := l.left()
	if short := p.cut(l.name, p.driver-len(between)-column-len(between)); short != "" {
		p.put(between, "")
		p.put(short, name)
		column += len(between) + columnsOf(short)
	}
	p.put(blanks(max(p.driver-column, len(between))), "")
	column = max(p.driver, column+len(between))
	guest := p.cut(l.guest, max(p.columns-column-columnsOf(l.driver), fewest))
	p.put(l.driver+guest, driver)
	_ = p.WriteByte('\n')
}

// styles returns the colours of address, name and driver.
func (l line) styles() (address, name, driver string) {
	switch l.state {
	case hidden:
		return sgrHidden, "", sgrHidden
	case assigned:
		return sgrAssigned, "", sgrAssigned
	case bridging:
		return sgrDim, sgrDim, sgrDim
	case idle:
		return "", "", sgrIdle
	default:
		return "", "", ""
	}
}

// fewest is the minimum number of columns of a shortened name; below it the name is omitted.
const fewest = 8

// cut shortens a name if there is a limit.
func (p printer) cut(name string, limit int) string {
	switch {
	case p.columns == 0:
		return name
	case limit < fewest && columnsOf(name) > limit:
		return ""
	default:
		return cut(name, p.end, limit, runeColumns)
	}
}

// put writes text in a colour.
func (p printer) put(text, sgr string) {
	if p.colour && sgr != "" && text != "" {
		text = "\x1b[" + sgr + "m" + text + "\x1b[0m"
	}
	_, _ = p.WriteString(text)
}
