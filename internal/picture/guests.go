package picture

import (
	"fmt"
	"slices"
)

// guest is the box of a guest, at the right of the drawing, and the wires from its
// functions.
type guest struct {
	rect
	hue    int // differs between neighbouring guests
	labels []label
	tip    string
	wires  []wire
}

// lead is the beginning of a wire to a guest.
type lead struct {
	guest string
	count int // of functions
	from  point
}

// span is a guest that is being placed.
type span struct {
	name        string
	leads       []lead // from top to bottom
	centre      int    // of the guest's box
	top, bottom int    // of its vertical wire
	lane        int    // of its vertical wire; 0 is the leftmost
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

// spans groups the leads by guest. A guest's box is beside the middle one of its
// functions. That row belongs to this guest alone, so that neither boxes nor horizontal
// wires of two guests overlap.
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

// assignLanes assigns each vertical wire a lane that no other wire uses at that height,
// and returns the number of lanes. A wire that is horizontal all the way needs none. spans
// are in the order of their tops.
func assignLanes(spans []*span) int {
	var busy []int // for each lane, where its last wire ends
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

// guest returns the box and its wires. Lanes begin at left.
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
