package pci

import "bytes"

// gap is a part of the text in which no block begins but at its end.
type gap struct{ from, to int }

// mostGaps is when to look at all blocks is less work than to go on bisecting.
const mostGaps = 200

// bisect looks for a vendor. They are sorted, as pci.ids asks of its editors;
// where it finds nothing, a look at all blocks decides.
func (x *namesIndex) bisect(key blockKey) (from int, ok bool) {
	low, high := 0, x.end
	for low < high {
		middle := low + (high-low)/2
		at := x.topFrom(middle)
		if at >= high {
			high = middle
			continue
		}
		found, ok := topKey(x.text[at:])
		switch {
		case !ok || found.kind != vendorBlock:
			return 0, false
		case found.id == key.id:
			return at, true
		case found.id < key.id:
			low = at + 1
		default:
			high = middle
		}
	}
	return 0, false
}

// topFrom is where the first block begins at offset at or after it.
func (x *namesIndex) topFrom(at int) int {
	limit := gap{x.end, x.end}
	for _, g := range x.gaps {
		if g.from <= at && at <= g.to {
			return g.to
		}
		if g.from > at && g.from < limit.from {
			limit = g
		}
	}
	next := at
	if at > 0 && x.text[at-1] != '\n' {
		next = nextLine(x.text, at)
	}
	next = skipLines(x.text, next, limit.from)
	if next >= limit.from {
		next = limit.to
	}
	x.gaps = append(x.gaps, gap{at, next})
	return next
}

// skipLines returns the offset of the first line, from offset at on, that can
// open a block. It may stop at limit or behind it. Nearly all lines of the file
// are passed here.
func skipLines(text []byte, at, limit int) int {
	for at < limit && (text[at] == '\t' || empty(text[at])) {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return len(text)
		}
		at += end + 1
	}
	return at
}
