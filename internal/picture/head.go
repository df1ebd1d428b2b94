package picture

import (
	"fmt"

	"github.com/xenpci/xenpci/internal/topology"
)

// swatch is one colour of the legend.
type swatch struct {
	rect
	class string
	label label
}

const (
	swatchWidth  = 24
	swatchHeight = 16
	legendGap    = 22
	maxTitle     = 900 // pixels
)

// head lays out the title and the legend, and returns where the domains begin.
func (p *planner) head(title string) int {
	y := margin
	if title = fontTitle.cut(clean(title), maxTitle); title != "" {
		p.title = append(p.title, fontTitle.at(title, margin, y))
		y += fontTitle.height() + margin/2
	}
	counts, functions := p.count()
	if functions == 0 {
		none := fontLegend.at("no PCI devices", margin, y)
		p.title = append(p.title, none)
		return none.bottom()
	}
	x := margin
	for s, words := range legend {
		text := fmt.Sprintf("%s (%d)", words, counts[s])
		l := fontLegend.at(text, x+swatchWidth+8, y)
		p.legend = append(p.legend, swatch{rect{x, y, swatchWidth, swatchHeight}, state(s).class(), l})
		x = l.right() + legendGap
	}
	return y + swatchHeight + margin*3/4
}

// legend explains the colours of the states.
var legend = [states]string{"driven by dom0", "no driver", "bridge", "hidden, in no guest", "hidden, assigned to a guest"}

// count returns the number of functions in each state and in total.
func (p *planner) count() (counts [states]int, all int) {
	var walk func([]entry)
	walk = func(entries []entry) {
		for _, e := range entries {
			counts[e.state] += len(e.members)
			all += len(e.members)
			walk(p.below(e))
		}
	}
	for _, d := range p.Domains {
		for _, bus := range d.Buses {
			walk(p.entries(bus))
		}
	}
	return counts, all
}

// widest returns the right edge of the title and the legend.
func (p *planner) widest() int {
	width := 0
	for _, l := range p.title {
		width = max(width, l.right())
	}
	for _, s := range p.legend {
		width = max(width, s.label.right())
	}
	return width
}

// domainName returns the name of a domain; for one below a VMD controller "Domain 10000,
// behind 0000:00:0e.0".
func domainName(d *topology.Domain) string {
	name := fmt.Sprintf("Domain %04x", d.Number)
	if len(d.Buses) > 0 {
		if above, ok := controller(d.Buses[0]); ok && above.Domain != d.Number {
			name += ", behind " + above.String()
		}
	}
	return name
}
