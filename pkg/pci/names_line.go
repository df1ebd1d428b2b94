package pci

import (
	"bytes"
	"cmp"
	"slices"
)

// lineKind says how an entry below a block is written.
type lineKind struct{ tabs, digits int }

var (
	deviceLine    = lineKind{tabs: 1, digits: 4} // "\t1521  I350 Gigabit Network Connection"
	subclassLine  = lineKind{tabs: 1, digits: 2} // "\t00  Ethernet controller"
	interfaceLine = lineKind{tabs: 2, digits: 2} // "\t\t30  XHCI"
	cardLine      = lineKind{tabs: 2, digits: 4} // "\t\t8086 0001  Ethernet Server Adapter I350-T4"
)

// entry is a line below a block.
type entry struct {
	name  []byte
	lines []byte // and those below it
}

// findEntry looks for an entry among the lines of a block. They are sorted, as
// pci.ids asks of its editors, and so bisection finds it; where it does not, a
// look at each line decides.
func findEntry(lines []byte, kind lineKind, id uint16) (entry, bool) {
	from, to := 0, len(lines)
	for from < to {
		middle := bytes.LastIndexByte(lines[from:from+(to-from)/2], '\n') + 1 + from
		at := middle
		found, ok := uint16(0), false
		for at < to {
			if found, ok = kind.id(lines[at:]); ok {
				break
			}
			at = nextLine(lines, at)
		}
		switch {
		case !ok || found > id:
			to = middle
		case found < id:
			from = nextLine(lines, at)
		default:
			return newEntry(lines[at:], kind)
		}
	}
	for at := 0; at < len(lines); at = nextLine(lines, at) {
		if found, ok := kind.id(lines[at:]); ok && found == id {
			return newEntry(lines[at:], kind)
		}
	}
	return entry{}, false
}

// sortedLines are the entries among some lines, in the order of their numbers;
// of two with the same number the first comes first.
type sortedLines []lineAt

type lineAt struct {
	id uint16
	at int32
}

func sortLines(lines []byte, kind lineKind) sortedLines {
	sorted := sortedLines{}
	for at := 0; at < len(lines); at = nextLine(lines, at) {
		if id, ok := kind.id(lines[at:]); ok {
			sorted = append(sorted, lineAt{id, int32(at)})
		}
	}
	byID := func(a, b lineAt) int { return cmp.Compare(a.id, b.id) }
	if !slices.IsSortedFunc(sorted, byID) {
		slices.SortStableFunc(sorted, byID)
	}
	return sorted
}

func (s sortedLines) find(lines []byte, kind lineKind, id uint16) (entry, bool) {
	i, ok := slices.BinarySearchFunc(s, id, func(l lineAt, id uint16) int { return cmp.Compare(l.id, id) })
	if !ok {
		return entry{}, false
	}
	return newEntry(lines[s[i].at:], kind)
}

// id reads the number of the line that text begins with. ok is false where that
// is another kind of line.
func (k lineKind) id(text []byte) (id uint16, ok bool) {
	if len(text) <= k.tabs+k.digits {
		return 0, false
	}
	for i := range k.tabs {
		if text[i] != '\t' {
			return 0, false
		}
	}
	n, rest, ok := cutHex(text[k.tabs:], k.digits)
	return n, ok && blank(rest[0])
}

func newEntry(text []byte, kind lineKind) (entry, bool) {
	line, rest := cutLine(text)
	_, name, ok := cutName(trimLine(line)[kind.tabs:], kind.digits)
	return entry{name: name, lines: below(rest, kind.tabs)}, ok
}

// below are the lines at the beginning of text that have more tabs than this,
// comments and empty lines among them.
func below(text []byte, tabs int) []byte {
	for at := 0; at < len(text); at = nextLine(text, at) {
		line := text[at:]
		deeper := len(line) > tabs
		for i := 0; deeper && i <= tabs; i++ {
			deeper = line[i] == '\t'
		}
		if !deeper && !silent(line) {
			return text[:at]
		}
	}
	return text
}

// findCard looks for a card of a device. There are few for each, and their
// order is nobody's rule.
func findCard(lines []byte, subVendor, subDevice uint16) ([]byte, bool) {
	for at := 0; at < len(lines); at = nextLine(lines, at) {
		if found, ok := cardLine.id(lines[at:]); !ok || found != subVendor {
			continue
		}
		line, _ := cutLine(lines[at:])
		_, found, rest, ok := cutCard(trimLine(line)[cardLine.tabs:])
		if name, named := nameAfter(rest); ok && named && found == subDevice {
			return name, true
		}
	}
	return nil, false
}

// cutCard reads the two numbers of a card, with one blank between them.
func cutCard(text []byte) (subVendor, subDevice uint16, rest []byte, ok bool) {
	subVendor, rest, ok = cutHex4(text)
	if !ok || len(rest) == 0 || !blank(rest[0]) {
		return 0, 0, nil, false
	}
	subDevice, rest, ok = cutHex4(rest[1:])
	return subVendor, subDevice, rest, ok
}

func nextLine(text []byte, at int) int {
	if end := bytes.IndexByte(text[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(text)
}

func cutLine(text []byte) (line, rest []byte) {
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		return text[:end], text[end+1:]
	}
	return text, nil
}

// trimLine ends a line where lspci does: before a carriage return or a zero byte,
// and without one blank.
func trimLine(line []byte) []byte {
	for _, c := range []byte("\r\x00") {
		if end := bytes.IndexByte(line, c); end >= 0 {
			line = line[:end]
		}
	}
	if last := len(line) - 1; last >= 0 && blank(line[last]) {
		line = line[:last]
	}
	return line
}

// cutName reads a number of so many digits, and the name after it.
func cutName(line []byte, digits int) (n uint16, name []byte, ok bool) {
	n, rest, ok := cutHex(line, digits)
	if !ok {
		return 0, nil, false
	}
	name, ok = nameAfter(rest)
	return n, name, ok
}

// nameAfter is what follows a blank or more; ok is false where nothing does.
func nameAfter(text []byte) (name []byte, ok bool) {
	for i, c := range text {
		if !blank(c) {
			return text[i:], i > 0 && c != '\r'
		}
	}
	return nil, false
}

// silent reports whether the line that text begins with is blank or a comment.
func silent(text []byte) bool {
	for _, c := range text {
		if !blank(c) {
			return empty(c)
		}
	}
	return true
}

// empty reports whether a line that begins with this byte has no entry: it is a
// comment, a blank line, or one that lspci refuses.
func empty(c byte) bool { return c == '#' || c == '\n' || c == '\r' || c == ' ' }

func blank(c byte) bool { return c == ' ' || c == '\t' }
