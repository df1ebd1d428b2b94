package picture

import (
	"fmt"

	"github.com/xenpci/xenpci/internal/topology"
)

// box is a function, several of them, or a root bus.
type box struct {
	rect
	class  string // in the style sheet
	many   bool   // drawn as a stack
	pill   rect   // around the driver's name; empty for a bus
	labels []label
	tip    string // the texts in full, since the box may shorten them
}

// area returns the box including the stack below it.
func (b box) area() rect {
	if b.many {
		return rect{b.x, b.y, b.w + pile, b.h + 2*pile}
	}
	return b.rect
}

// pile is the distance between the boxes of a stack, in pixels.
const pile = 3

// Within a box, in pixels.
const (
	boxLeft   = 16 // where text begins, right of the mark of the state
	boxRight  = 10
	upperLine = 6
	lowerLine = 24
	textGap   = 10
	pillSide  = 6   // from its edge to the text
	maxDriver = 170 // of the driver's name, with that of a guest
)

// box lays out the texts: address, class and driver on the upper line; name, kernel names and
// state on the lower. It shortens texts that are too long, first the class and the name.
func (f face) box(at rect) box {
	b := box{rect: at, class: f.state.class(), many: f.many(), tip: f.tip}
	upper, lower := at.y+upperLine, at.y+lowerLine

	driver := fontDriver.before(f.shownDriver(at.w-f.fixed()), at.right()-boxRight-pillSide, upper)
	b.add(driver)
	b.pill = rect{driver.x - pillSide, upper - 1, driver.w + 2*pillSide, driver.h + 2}
	x := b.add(fontAddress.at(f.address, at.x+boxLeft, upper-1)) + textGap
	if f.behind != "" {
		x = b.add(fontBehind.at(f.behind, x, upper)) + textGap
	}
	b.add(fontClass.at(fontClass.cut(f.class, b.pill.x-textGap-x), x, upper))

	end := at.right() - boxRight
	if f.word != "" {
		word := fontWord.before(f.word, end, lower+1)
		b.add(word)
		end = word.x - textGap
	}
	if f.names != "" {
		names := fontDriver.before(fontDriver.cut(f.names, maxDriver), end, lower)
		b.add(names)
		end = names.x - textGap
	}
	b.add(fontName.at(fontName.cut(f.name, end-at.x-boxLeft), at.x+boxLeft, lower))
	return b
}

// add adds a text, unless it is empty, and returns where it ends.
func (b *box) add(l label) int {
	if l.text != "" {
		b.labels = append(b.labels, l)
	}
	return l.right()
}

// busBox returns the box of a root bus.
func busBox(bus *topology.Bus, at rect) box {
	b := box{rect: at, class: "bus", tip: "root bus " + busName(bus)}
	upper := at.y + upperLine
	if above, ok := controller(bus); ok {
		b.tip += "\nbehind " + above.String()
	}
	b.add(fontAddress.at(fmt.Sprintf("bus %02x", bus.Number), at.x+boxLeft-4, upper-1))
	b.add(fontClass.at("root bus", at.x+boxLeft-4, at.y+lowerLine))
	return b
}

// class returns the state's name in the style sheet and the legend.
func (s state) class() string {
	return [states]string{"driven", "idle", "bridge", "hidden", "assigned"}[s]
}
