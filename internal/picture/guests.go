package picture

import (
	"fmt"
	"slices"
)

// guest is the box of a guest, right of everything, and the wires from what it
// has.
type guest struct {
	rect
	hue    int // guests below each other differ
	labels []label
	tip    string
	wires  []wire
}

// lead is where a wire to a guest begins.
type lead struct {
	guest string
	count int // of functions
	from  point
}

// span is a guest on its way to a place.
type span struct {
	name        string
	leads       []lead // from above to below
	centre      int    // of the guest's box
	top, bottom int    // of its upright wire
	lane        int    // which upright wire; 0 is the leftmost
}

// wire places the guests' boxes and the wires to them.
func (p *planner) wire() {
	spans := p.spans()
	lanes := assignLanes(spans)
	width := minGuest
	for _, s := range spans {
		width = min(max(width, guestWidth(s)), maxGuest)
	}
	boxes := p.names + (lanes+1)*laneGap
	for i, s := range spans {
		at := rect{boxes, s.centre - boxHeight/2, width, boxHeight}
		p.guests = append(p.guests, s.guest(at, i, p.names))
	}
}

// spans gathers the leads by guest. A guest's box stands beside the middle one
// of what it has: that row is nobody else's, so that neither boxes nor level
// wires of two guests can meet.
func (p *planner) spans() []*span {
	var spans []*span
	of := map[string]*span{}
	for _, l := range p.leads {
		s := of[l.guest]
		if s == nil {
			s = &span{name: l.guest}
			of[l.guest] = s
			spans = append(spans, s)
		}
		s.leads = append(s.leads, l)
	}
	for _, s := range spans {
		last := len(s.leads) - 1
		s.top, s.centre, s.bottom = s.leads[0].from.y, s.leads[last/2].from.y, s.leads[last].from.y
	}
	return spans
}

// assignLanes gives each upright wire a lane of its own for as long as it is,
// and returns how many there are. A wire that is level all the way needs none.
// Spans are in the order of their tops.
func assignLanes(spans []*span) int {
	var busy []int // of a lane: where its last wire ends
	for _, s := range spans {
		if s.top == s.bottom {
			continue
		}
		s.lane = slices.IndexFunc(busy, func(bottom int) bool { return bottom+rowGap < s.top })
		if s.lane < 0 {
			s.lane = len(busy)
			busy = append(busy, 0)
		}
		busy[s.lane] = s.bottom
	}
	return len(busy)
}

// guest makes the box and its wires; lanes begin at left.
func (s *span) guest(at rect, number, left int) guest {
	name := clean(s.name)
	g := guest{rect: at, hue: number % hues, tip: fmt.Sprintf("guest %s\n%s", name, s.has())}
	x := at.x + boxLeft
	g.labels = []label{
		fontGuest.at(fontGuest.cut(name, at.w-boxLeft-boxRight), x, at.y+upperLine-2),
		fontClass.at(s.has(), x, at.y+lowerLine),
	}
	lane := left + s.lane*laneGap
	for _, l := range s.leads {
		g.wires = append(g.wires, wire{l.from, {lane, l.from.y}, {lane, s.centre}, {at.x, s.centre}})
	}
	return g
}

func (s *span) has() string {
	count := 0
	for _, l := range s.leads {
		count += l.count
	}
	if count == 1 {
		return "guest, 1 function"
	}
	return fmt.Sprintf("guest, %d functions", count)
}

func guestWidth(s *span) int {
	return boxLeft + max(fontGuest.width(clean(s.name)), fontClass.width(s.has())) + boxRight
}
