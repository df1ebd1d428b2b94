package hypervisor

import "bytes"

// lineLimit is how long a line of the ring is at most, in bytes. Xen's own lines have
// less than 1024; a longer one is returned in parts.
const lineLimit = 4 << 10

// Line is a line of Xen's console ring.
type Line struct {
	Text string // without its newline
	Lost uint32 // bytes that were lost before it
	Cut  bool   // its beginning was lost, or was returned as a line before it
	Mark Mark
}

// Lines makes lines of the parts in which the ring is read. The zero value is ready.
type Lines struct {
	open []byte // a line without its end
	next Line   // what is known of it
}

// Add returns the lines that a part completes. lost is how many bytes were lost before
// the part.
func (l *Lines) Add(text []byte, lost uint32) (complete []Line) {
	if lost > 0 {
		complete = l.flush(complete)
		l.next = Line{Lost: lost, Cut: true}
	}
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		part := text
		if end >= 0 {
			part = text[:end]
		}
		if room := lineLimit - len(l.open); len(part) > room {
			l.open = append(l.open, text[:room]...)
			text = text[room:]
			complete = append(complete, l.take(true))
			continue
		}
		l.open = append(l.open, part...)
		if end < 0 {
			break
		}
		text = text[end+1:]
		complete = append(complete, l.take(false))
	}
	return complete
}

// Rest returns the line that has no end yet, if there is one: the ring ends with it.
func (l *Lines) Rest() []Line { return l.flush(nil) }

func (l *Lines) flush(lines []Line) []Line {
	if len(l.open) == 0 && l.next.Lost == 0 {
		return lines
	}
	return append(lines, l.take(false))
}

// take returns the line so far. goesOn is whether the next one continues it.
func (l *Lines) take(goesOn bool) Line {
	line := l.next
	line.Text = string(l.open)
	line.Mark = MarkOf(line.Text)
	l.open, l.next = l.open[:0], Line{Cut: goesOn}
	return line
}
