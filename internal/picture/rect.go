package picture

// point is a point in pixels from the top left corner of the page.
type point struct{ x, y int }

type rect struct{ x, y, w, h int }

func (r rect) right() int  { return r.x + r.w }
func (r rect) bottom() int { return r.y + r.h }
func (r rect) middle() int { return r.y + r.h/2 }
func (r rect) area() rect  { return r }

// wire is a line from point to point; each part is horizontal or vertical.
type wire []point

// label is a text and its maximum extent.
type label struct {
	rect
	font font
	text string
	end  bool // it is aligned to the right edge
}

// at returns a text with its top left corner at x and y.
func (f font) at(text string, x, y int) label {
	return label{rect: rect{x, y, f.width(text), f.height()}, font: f, text: text}
}

// before returns a text that ends at x.
func (f font) before(text string, x, y int) label {
	l := f.at(text, x-f.width(text), y)
	l.end = true
	return l
}

// rects returns the areas of things.
func rects[T interface{ area() rect }](things []T) []rect {
	var all []rect
	for _, t := range things {
		all = append(all, t.area())
	}
	return all
}
