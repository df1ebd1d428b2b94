package picture

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// SVG draws the tree as a self-contained SVG 1.1 file: root buses on the left, the
// functions behind bridges right of them, and guests on the right with lines to their
// functions. It has its own background.
//
// title is written above the drawing; "" omits it. The error is the writer's.
func SVG(w io.Writer, m Machine, title string) error {
	buffered := bufio.NewWriter(w)
	d := drawing{Writer: buffered}
	d.page(plan(m, title), title)
	return buffered.Flush()
}

// drawing writes SVG. It relies on bufio.Writer, which keeps the first error until Flush.
type drawing struct{ *bufio.Writer }

func (d drawing) page(l layout, title string) {
	if title == "" {
		title = "PCI devices"
	}
	d.printf(`<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">
<title>%s</title>
<style type="text/css">
%s</style>
<rect class="page" width="%[1]d" height="%[2]d"/>
`, l.w, l.h, escape(clean(title)), style)
	for _, t := range l.title {
		d.label(t)
	}
	for _, s := range l.legend {
		d.printf(`<g class="%s">`, s.class)
		d.rect(s.rect, "box", 4)
		d.printf("</g>\n")
		d.label(s.label)
	}
	for _, f := range l.frames {
		d.rect(f.rect, "domain", 10)
		d.printf("\n")
		d.label(f.label)
	}
	for _, t := range l.twigs {
		d.printf(`<path class="twig" d="%s"/>`+"\n", path(t))
	}
	for _, g := range l.guests {
		d.guest(g)
	}
	for _, b := range l.boxes {
		d.box(b)
	}
	d.printf("</svg>\n")
}

func (d drawing) box(b box) {
	d.printf(`<g class="%s"><title>%s</title>`+"\n", b.class, escape(b.tip))
	if b.many {
		for _, offset := range []int{2 * pile, pile} {
			d.rect(rect{b.x + offset, b.y + offset, b.w - pile, b.h}, "box", 6)
		}
	}
	d.rect(b.rect, "box", 6)
	d.mark(b.rect, 6)
	if b.pill.w > 0 {
		d.rect(b.pill, "pill", 8)
	}
	d.printf("\n")
	d.within(b.rect, b.labels)
	d.printf("</g>\n")
}

// mark draws the bar at the left of a box in the colour of its state.
func (d drawing) mark(r rect, inset int) {
	d.rect(rect{r.x + inset - 1, r.y + inset, 4, r.h - 2*inset}, "mark", 2)
}

func (d drawing) guest(g guest) {
	d.printf(`<g class="guest hue%d"><title>%s</title>`+"\n", g.hue, escape(g.tip))
	for _, w := range g.wires {
		d.printf(`<path class="wire" d="%s"/><circle class="end" cx="%d" cy="%d" r="3.5"/>`+"\n", path(w), w[0].x, w[0].y)
	}
	d.rect(g.rect, "box", 6)
	d.mark(g.rect, 6)
	d.printf("\n")
	d.within(g.rect, g.labels)
	d.printf("</g>\n")
}

// within writes texts clipped to their box, because a viewer's letters may be wider than
// expected.
func (d drawing) within(r rect, labels []label) {
	d.printf(`<svg x="%d" y="%d" width="%d" height="%d">`, r.x, r.y, r.w, r.h)
	for _, l := range labels {
		l.x, l.y = l.x-r.x, l.y-r.y
		d.label(l)
	}
	d.printf("</svg>\n")
}

func (d drawing) label(l label) {
	x, anchor := l.x, ""
	if l.end {
		x, anchor = l.right(), ` text-anchor="end"`
	}
	d.printf(`<text class="%s" x="%d" y="%d"%s>%s</text>`+"\n", l.font.class, x, l.y+l.font.size, anchor, escape(l.text))
}

func (d drawing) rect(r rect, class string, radius int) {
	d.printf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, class, r.x, r.y, r.w, r.h, radius)
}

func (d drawing) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// escapes are the escapes for text and attribute values in XML. clean has removed what XML
// does not allow, such as control characters.
var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;",
	"\n", "&#xA;", "\t", "&#x9;", "\r", "&#xD;")

func escape(s string) string { return escapes.Replace(s) }
