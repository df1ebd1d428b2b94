package picture

import (
	"slices"

	"github.com/xenpci/xenpci/internal/topology"
)

// The sizes of the drawing, in pixels.
const (
	margin    = 24 // around everything
	padding   = 16 // within the frame of a domain
	heading   = 30 // above the buses of a domain
	boxHeight = 42
	rowGap    = 12   // from box to box
	slotGap   = 4    // from function to function of a card
	busGap    = 20   // from the last box of a root bus to the next
	columnGap = 36   // from a bridge to the functions behind it
	foldAt    = 1100 // a bridge that ends right of this has the functions behind it below
	busWidth  = 76
	laneGap   = 14 // from wire to wire
)

// Boxes are as wide as their longest line, within these bounds.
const (
	minFunction, maxFunction = 300, 520
	minBridge, maxBridge     = 150, 290
	minGuest, maxGuest       = 110, 240
)

// layout is the geometry of the drawing, without SVG.
type layout struct {
	rect
	title  []label
	legend []swatch
	frames []frame
	boxes  []box
	twigs  []wire // from bus or bridge to function
	guests []guest
}

// frame is the frame around a domain.
type frame struct {
	rect
	label label
}

// node is an entry and the nodes behind it, before they are placed.
type node struct {
	face
	below []node
}

// planner computes the layout. Box widths are the same in the whole drawing, so that boxes
// of one kind are aligned.
type planner struct {
	Machine
	layout
	function, bridge int
	leads            []lead // to guests
	names            int    // where the guests' names begin, right of all boxes
}

// plan returns the layout of a machine.
func plan(m Machine, title string) layout {
	p := planner{Machine: m, function: minFunction, bridge: minBridge}
	y := p.head(title)
	roots := p.roots()
	for _, domain := range m.Domains {
		y = p.domain(domain, roots, y)
	}
	p.closeFrames()
	p.wire()
	p.w, p.h = p.extent()
	return p.layout
}

// roots returns the nodes of all root buses, and computes the widths of the boxes.
func (p *planner) roots() map[*topology.Bus][]node {
	roots := map[*topology.Bus][]node{}
	for _, domain := range p.Domains {
		for _, bus := range domain.Buses {
			roots[bus] = p.nodes(p.entries(bus))
		}
	}
	return roots
}

func (p *planner) nodes(entries []entry) []node {
	var all []node
	for _, e := range entries {
		n := node{face: p.face(e), below: p.nodes(p.below(e))}
		if n.narrow() {
			p.bridge = min(max(p.bridge, n.width()), maxBridge)
		} else {
			p.function = min(max(p.function, n.width()), maxFunction)
		}
		all = append(all, n)
	}
	return all
}

// narrow reports whether there may be boxes right of this one.
func (f face) narrow() bool { return len(f.Buses) > 0 }

// domain places a domain's buses and returns where the next one begins.
func (p *planner) domain(d *topology.Domain, roots map[*topology.Bus][]node, y int) int {
	f := frame{rect: rect{x: margin, y: y}}
	f.label = fontFrame.at(domainName(d), margin+padding, y+9)
	y += heading
	for _, bus := range d.Buses {
		root := rect{margin + padding, y, busWidth, boxHeight}
		p.boxes = append(p.boxes, busBox(bus, root))
		y = max(p.place(roots[bus], root, y), root.bottom()) + busGap
	}
	f.h = y - busGap + padding - f.y
	p.frames = append(p.frames, f)
	return f.bottom() + margin/2
}

// place places the nodes behind parent, in rows starting at y, and returns where the last
// row ends.
//
// Nodes are right of their bridge, and the first one is in the bridge's row, so that no
// box is right of a leaf. They are below the bridge if a wire to a guest starts at the
// bridge, or if the page would become too wide.
func (p *planner) place(nodes []node, parent rect, y int) int {
	bottom := y
	for i, n := range nodes {
		if i > 0 {
			y = bottom + gap(nodes[i-1], n)
		}
		at := rect{p.indent(parent), y, p.function, boxHeight}
		if n.narrow() {
			at.w = p.bridge
		}
		p.twigs = append(p.twigs, twig(parent, at))
		p.boxes = append(p.boxes, n.box(at))
		bottom = at.bottom()
		if n.Guest != "" {
			p.leads = append(p.leads, lead{n.Guest, len(n.members), point{at.right(), at.middle()}})
		}
		if len(n.below) == 0 {
			continue
		}
		if n.Guest != "" || p.indent(at) < at.right() {
			y = bottom + rowGap
		}
		bottom = p.place(n.below, at, y)
	}
	return bottom
}

// gap returns the distance between the rows of two nodes. The functions of a card are
// close together.
func gap(above, below node) int {
	if above.many() || below.many() || len(above.below) > 0 || !above.Device.Address.SameSlot(below.Device.Address) {
		return rowGap
	}
	return slotGap
}

// indent returns where the boxes behind a bridge begin.
func (p *planner) indent(bridge rect) int {
	if bridge.right() > foldAt {
		return bridge.x + columnGap
	}
	return bridge.right() + columnGap
}

// twig returns the wire from a bridge to a function: right, down, right; or from below the
// bridge: down, right.
func twig(from, to rect) wire {
	if to.x < from.right() {
		x := from.x + columnGap/2
		return wire{{x, from.bottom()}, {x, to.middle()}, {to.x, to.middle()}}
	}
	x := from.right() + columnGap/2
	return wire{{from.right(), from.middle()}, {x, from.middle()}, {x, to.middle()}, {to.x, to.middle()}}
}

// closeFrames makes all frames end right of the rightmost box.
func (p *planner) closeFrames() {
	right := p.widest()
	for _, b := range rects(p.boxes) {
		right = max(right, b.right()+padding)
	}
	for i := range p.frames {
		p.frames[i].w = right - p.frames[i].x
	}
	p.names = right + laneGap
}

// extent returns the size of the page.
func (p *planner) extent() (width, height int) {
	width, height = p.widest(), 0
	for _, r := range slices.Concat(rects(p.frames), rects(p.guests), rects(p.legend), rects(p.title)) {
		width, height = max(width, r.right()), max(height, r.y+r.h)
	}
	return width + margin, height + margin
}
