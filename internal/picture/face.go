package picture

import "strings"

// face is the text of a box, before the width of the box is known.
type face struct {
	entry
	address, behind, class, name, driver, names, word, tip string
}

func (m Machine) face(e entry) face {
	f := face{
		entry: e, address: e.address(),
		class: clean(m.Class(e.Device.Class)), name: clean(m.Name(e.Device)),
		driver: clean(e.driver()), word: e.word(),
	}
	if !f.many() { // they are those of one of them
		f.names = clean(e.Names)
	}
	f.tip = f.tooltip()
	if f.Guest != "" {
		f.driver += " → " + clean(f.Guest)
	}
	if family := e.family(); family != "" {
		f.class = family + ", " + f.class
	}
	if behind := e.behind(); behind != "" {
		f.behind = "[" + behind + "]"
	}
	if f.narrow() {
		f.class = "" // the legend shows what a bridge looks like
	}
	return f
}

// word describes the state, which the colour shows too.
func (e entry) word() string {
	switch {
	case e.state == assigned:
		return "ASSIGNED"
	case e.state == hidden:
		return "HIDDEN"
	case e.Registered:
		return "SLOT REGISTERED"
	default:
		return ""
	}
}

// tooltip returns all texts in full.
func (f face) tooltip() string {
	lines := []string{f.address, f.class + ": " + f.name, "driver: " + f.driver}
	if f.names != "" {
		lines = append(lines, "kernel names: "+f.names)
	}
	if f.PhysFn != nil {
		lines = append(lines, f.family())
	}
	if behind := f.entry.behind(); behind != "" {
		lines = append(lines, "buses behind it: "+behind)
	}
	if f.word != "" {
		lines = append(lines, strings.ToLower(f.word))
	}
	if f.Guest != "" {
		lines = append(lines, "guest: "+clean(f.Guest))
	}
	if f.Was != "" && !f.many() {
		lines = append(lines, clean(f.Was))
	}
	return strings.Join(lines, "\n")
}

// width returns the width that the box needs to show all texts in full.
func (f face) width() int {
	upper := f.fixed() + fontDriver.width(f.shownDriver(maxDriver))
	if f.class != "" {
		upper += fontClass.width(f.class) + textGap
	}
	lower := boxLeft + fontName.width(f.name) + boxRight
	if f.names != "" {
		lower += textGap + fontDriver.width(f.names)
	}
	if f.word != "" {
		lower += textGap + fontWord.width(f.word)
	}
	return max(upper, lower)
}

// fixed returns the width of the upper line without class and driver.
func (f face) fixed() int {
	width := boxLeft + fontAddress.width(f.address) + textGap + 2*pillSide + boxRight
	if f.behind != "" {
		width += fontBehind.width(f.behind) + textGap
	}
	return width
}

func (f face) shownDriver(room int) string { return fontDriver.cut(f.driver, min(room, maxDriver)) }
