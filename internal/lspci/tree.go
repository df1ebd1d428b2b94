package lspci

import (
	"bufio"
	"fmt"

	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
)

// treeLimit is the length of the longest line of a tree, in bytes. A truncated line ends
// in three more bytes, which are dots.
const treeLimit = 1023

// tree writes what -t shows: each domain from the left margin. With -v it shows the names
// of functions that are not bridges.
//
// chosen reports whether -s and -d select a device; nil selects all. A selected bridge is
// shown with everything behind it; another bridge only if a selected device is behind it.
func (p *printer) tree(domains []*topology.Domain, chosen func(pci.Device) bool) {
	t := treePrinter{Writer: p.Writer, formatter: p.formatter, named: p.Verbose, line: make([]byte, 0, treeLimit)}
	t.limit = nameLimit // also in lspci 3.9
	if chosen != nil {
		t.view = newView(domains, chosen)
	}
	for _, d := range domains {
		t.buses(0, d.Buses, true)
	}
}

// treePrinter draws from left to right. At the end of a line it keeps what the next line
// needs: a bar below each fork.
type treePrinter struct {
	*bufio.Writer
	formatter
	named bool
	view  *view // nil if everything is shown
	line  []byte
}

// buses draws the buses of a domain or behind a bridge, starting at a column. The number of
// a bridge's only bus is shown with the bridge.
func (t *treePrinter) buses(at int, buses []*topology.Bus, numbered bool) {
	numbered = numbered || len(buses) > 1
	at = t.dash(at)
	shown := t.view.someBuses(buses)
	if len(shown) == 0 {
		t.end(at)
	}
	for i, b := range shown {
		from := at
		if len(shown) > 1 {
			from = t.put(from, fork(i, len(shown)))
		}
		if numbered {
			from = t.put(from, fmt.Sprintf("[%04x:%02x]-", b.Domain, b.Number))
		}
		t.functions(from, b.Functions)
	}
}

func (t *treePrinter) functions(at int, functions []*topology.Function) {
	shown := t.view.someFunctions(functions)
	if len(shown) == 0 {
		t.end(at)
	}
	for i, f := range shown {
		branch := "--"
		if len(shown) > 1 {
			branch = fork(i, len(shown))
		}
		t.function(t.put(at, branch), f)
	}
}

func (t *treePrinter) function(at int, f *topology.Function) {
	at = t.put(at, onBus(f)[len("00:"):])
	if f.Range != nil {
		t.buses(t.put(at, behind(*f.Range)), f.Buses, false)
		return
	}
	if t.named {
		at = t.put(at, "  "+t.pair(f.Device.Vendor, f.Device.Device))
	}
	t.end(at)
}

// behind formats the bus numbers behind a bridge; a bridge that is not configured has none.
func behind(r pci.Buses) string {
	switch {
	case r.Secondary == 0:
		return "-"
	case r.Secondary == r.Subordinate:
		return fmt.Sprintf("-[%02x]-", r.Secondary)
	default:
		return fmt.Sprintf("-[%02x-%02x]-", r.Secondary, r.Subordinate)
	}
}

// fork returns the beginning of branch i of several.
func fork(i, branches int) string {
	if i == branches-1 {
		return `\-`
	}
	return "+-"
}

// put writes text at a column and returns the next column. As in lspci's buffer, text that
// reaches the limit is truncated, and nothing follows it.
func (t *treePrinter) put(at int, text string) int {
	room := treeLimit - at
	if room <= 0 {
		return treeLimit
	}
	if len(text) >= room {
		t.line = append(t.line[:at], text[:room-1]...)
		return treeLimit
	}
	t.line = append(t.line[:at], text...)
	return at + len(text)
}

// dash writes a dash, the only mark that may be in the last column.
func (t *treePrinter) dash(at int) int {
	if at >= treeLimit {
		return treeLimit
	}
	t.line = append(t.line[:at], '-')
	return at + 1
}

// end writes the line. The buffer keeps errors for Flush.
func (t *treePrinter) end(at int) {
	t.line = t.line[:min(at, len(t.line))]
	_, _ = t.Write(t.line)
	if at >= treeLimit {
		_, _ = t.WriteString("...")
	}
	_ = t.WriteByte('\n')
	for i, c := range t.line {
		if c == '+' || c == '|' {
			t.line[i] = '|'
		} else {
			t.line[i] = ' '
		}
	}
}
