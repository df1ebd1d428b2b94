package picture

import (
	"fmt"
	"strings"
)

// path returns a wire as SVG path data, with rounded corners.
func path(w wire) string {
	const radius = 7
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", w[0].x, w[0].y)
	for i := 1; i < len(w)-1; i++ {
		corner := w[i]
		r := min(radius, distance(w[i-1], corner)/2, distance(corner, w[i+1])/2)
		if r == 0 {
			continue // a point on a straight line
		}
		in, out := corner.toward(w[i-1], r), corner.toward(w[i+1], r)
		fmt.Fprintf(&b, "L%d %dQ%d %d %d %d", in.x, in.y, corner.x, corner.y, out.x, out.y)
	}
	end := w[len(w)-1]
	fmt.Fprintf(&b, "L%d %d", end.x, end.y)
	return b.String()
}

func distance(a, b point) int { return max(a.x-b.x, b.x-a.x, a.y-b.y, b.y-a.y) }

// toward returns the point at a distance from p on the horizontal or vertical line to q.
func (p point) toward(q point, distance int) point {
	switch {
	case q.x > p.x:
		p.x += distance
	case q.x < p.x:
		p.x -= distance
	case q.y > p.y:
		p.y += distance
	case q.y < p.y:
		p.y -= distance
	}
	return p
}
