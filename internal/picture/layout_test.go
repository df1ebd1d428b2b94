package picture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestLayout holds the drawings of all machines to what a drawing is: nothing
// lies on anything else, and everything is on the page.
func TestLayout(t *testing.T) {
	for name, machine := range machines {
		t.Run(name, func(t *testing.T) { checkLayout(t, plan(machine(t), titles[name])) })
	}
	for seed := range uint64(200) {
		t.Run(fmt.Sprintf("random %d", seed), func(t *testing.T) {
			checkLayout(t, plan(randomMachine(rand.New(rand.NewPCG(seed, 0))), "random"))
		})
	}
}

// randomMachine has names, drivers and guests of all lengths anywhere.
func randomMachine(random *rand.Rand) Machine {
	r := newRack()
	bridges, next := []string{""}, uint8(1)
	domain := []string{"0000", "10000"}[random.IntN(2)]
	for range random.IntN(60) {
		above := bridges[random.IntN(len(bridges))]
		var bus uint8
		if above != "" {
			bus = r.devices[address(above)].Behind.Secondary
		}
		at := fmt.Sprintf("%s:%02x:%02x.%d", domain, bus, random.IntN(32), random.IntN(8))
		if _, there := r.devices[address(at)]; there {
			continue
		}
		if random.IntN(3) == 0 {
			r.bridge(at, uint16(random.IntN(0x10000)), next, 0xff, above)
			bridges, next = append(bridges, at), next+1
		} else {
			r.put(at, 0x020000, uint16(random.IntN(0x10000)), strings.Repeat("d", random.IntN(40)), above)
		}
		switch random.IntN(4) {
		case 0:
			r.hide("", at)
		case 1:
			r.hide(strings.Repeat("guest", 1+random.IntN(12)), at)
		case 2:
			r.marks[address(at)] = Mark{Registered: true}
		}
	}
	return r.machine()
}

func checkLayout(t *testing.T, l layout) {
	page := rect{0, 0, l.w, l.h}
	outermost := slices.Concat(rects(l.frames), rects(l.guests), rects(l.title), rects(l.legend))
	for _, s := range l.legend {
		outermost = append(outermost, s.label.rect)
	}
	apart(t, "frames, guests and head", outermost)
	for _, r := range outermost {
		inside(t, r, page, "the page")
	}
	for _, f := range l.frames {
		inside(t, f.label.rect, f.rect, "its frame")
	}
	apart(t, "boxes", append(rects(l.boxes), frameLabels(l)...))
	for _, b := range l.boxes {
		checkTexts(t, b.rect, b.labels)
		if !slices.ContainsFunc(l.frames, func(f frame) bool { return f.holds(b.area()) }) {
			t.Errorf("%v is in no frame", b.rect)
		}
		if b.pill.w > 0 {
			inside(t, b.pill, b.rect, "its box")
			inside(t, b.labels[0].rect, b.pill, "its pill")
		}
	}
	for _, g := range l.guests {
		checkTexts(t, g.rect, g.labels)
	}
	checkWires(t, l, page)
}

func frameLabels(l layout) []rect {
	var all []rect
	for _, f := range l.frames {
		all = append(all, f.label.rect)
	}
	return all
}

// checkTexts holds texts to their box, and apart from each other.
func checkTexts(t *testing.T, box rect, labels []label) {
	t.Helper()
	for _, l := range labels {
		inside(t, l.rect, box, "its box")
		if need := l.font.width(l.text); l.w < need {
			t.Errorf("%q has %d pixels, and may need %d", l.text, l.w, need)
		}
	}
	apart(t, "texts of a box", rects(labels))
}

// checkWires holds wires to the page; they cross no box, and those of different
// guests run along no common way.
func checkWires(t *testing.T, l layout, page rect) {
	t.Helper()
	boxes := rects(l.guests)
	for _, b := range l.boxes {
		boxes = append(boxes, b.rect) // a wire may begin in a pile
	}
	ways := func(wires []wire) (all []rect) {
		for _, w := range wires {
			for i := range w[1:] {
				if w[i] != w[i+1] {
					all = append(all, way(w[i], w[i+1]))
				}
			}
		}
		return all
	}
	owners := make([][]rect, len(l.guests))
	for i, g := range l.guests {
		owners[i] = ways(g.wires)
	}
	for _, w := range slices.Concat(append(owners, ways(l.twigs))...) {
		inside(t, w, page, "the page")
		for _, b := range boxes {
			if w.meets(b) {
				t.Errorf("a wire %v goes through a box %v", w, b)
			}
		}
	}
	for i, one := range owners {
		for _, other := range owners[i+1:] {
			for _, a := range one {
				for _, b := range other {
					if alongside(a, b) {
						t.Errorf("the wires %v and %v of two guests lie on each other", a, b)
					}
				}
			}
		}
	}
}

// way is the line between two points, of no width.
func way(a, b point) rect {
	return rect{min(a.x, b.x), min(a.y, b.y), max(a.x-b.x, b.x-a.x), max(a.y-b.y, b.y-a.y)}
}

// alongside reports whether two lines are parallel and too close to be distinguished.
func alongside(a, b rect) bool {
	const close = 6
	wide := func(r rect) rect {
		if r.w > 0 {
			return rect{r.x, r.y - close/2, r.w, close}
		}
		return rect{r.x - close/2, r.y, close, r.h}
	}
	return (a.w > 0) == (b.w > 0) && wide(a).meets(wide(b))
}

// meets reports whether the interiors of both have a common point.
func (r rect) meets(o rect) bool {
	return r.x < o.right() && o.x < r.right() && r.y < o.bottom() && o.y < r.bottom()
}

func (r rect) holds(o rect) bool {
	return r.x <= o.x && r.y <= o.y && o.right() <= r.right() && o.bottom() <= r.bottom()
}

func inside(t *testing.T, r, outer rect, what string) {
	t.Helper()
	if !outer.holds(r) {
		t.Errorf("%v is not inside %s, %v", r, what, outer)
	}
}

func apart(t *testing.T, what string, all []rect) {
	t.Helper()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.meets(b) {
				t.Errorf("%s: %v and %v lie on each other", what, a, b)
			}
		}
	}
}
