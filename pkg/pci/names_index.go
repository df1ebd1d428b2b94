package pci

import (
	"bytes"
	"sync"
)

// blockKind is the kind of a top-level entry of pci.ids, to which the lines
// with tabs below it belong.
type blockKind uint8

const (
	vendorBlock  blockKind = iota // "8086  Intel Corporation"
	genericBlock                  // "S 8086": cards of a vendor, whatever the device
	classBlock                    // "C 02  Network controller"
)

// block is one top-level entry.
type block struct {
	name  []byte
	lines []byte // those below it
}

type blockKey struct {
	kind blockKind
	id   uint16
}

// namesIndex knows where the blocks of a pci.ids are, as far as it was asked:
// the file has 2,400 vendors, and a machine a handful.
type namesIndex struct {
	text []byte

	mu    sync.Mutex
	found map[blockKey]block // those that were asked for
	tops  []top              // what was passed on the way, in the file's order
	next  int                // where the first line stands that was not looked at
	end   int                // where the classes begin, which were looked at first
}

// top is where a block begins.
type top struct {
	blockKey
	at int32
}

// mostTops is how many blocks a pci.ids of today has, and some more.
const mostTops = 3000

// init takes note of the classes, which stand last in the file.
func (x *namesIndex) init(text []byte) {
	x.text = text
	x.found = make(map[blockKey]block)
	x.tops = make([]top, 0, mostTops)
	x.end = lastClasses(text)
	for at := x.end; at < len(text); {
		at = x.pass(at)
	}
}

// block finds a block. The first of two equal ones counts.
func (x *namesIndex) block(kind blockKind, id uint16) (block, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := blockKey{kind, id}
	if b, ok := x.found[key]; ok {
		return b, true
	}
	at, ok := x.find(key)
	if !ok {
		return block{}, false
	}
	line, rest := cutLine(x.text[at:])
	_, name, _ := parseTop(line)
	b := block{name: name, lines: below(rest, 0)}
	x.found[key] = b
	return b, true
}

// find looks among the blocks that were passed, and passes more until there is
// this one.
func (x *namesIndex) find(key blockKey) (at int, ok bool) {
	for _, t := range x.tops {
		if t.blockKey == key {
			return int(t.at), true
		}
	}
	for x.next < x.end {
		known := len(x.tops)
		x.next = x.pass(x.next)
		if len(x.tops) > known && x.tops[known].blockKey == key {
			return int(x.tops[known].at), true
		}
	}
	return 0, false
}

// pass takes the line at offset at and, where it opens a block, notes that. It
// returns the offset of the next line that could.
func (x *namesIndex) pass(at int) int {
	end := nextLine(x.text, at)
	if key, _, ok := parseTop(bytes.TrimSuffix(x.text[at:end], []byte{'\n'})); ok {
		x.tops = append(x.tops, top{key, int32(at)})
	}
	for end < len(x.text) && (x.text[end] == '\t' || empty(x.text[end])) {
		end = nextLine(x.text, end)
	}
	return end
}

// lastClasses returns where the class blocks begin that end the text.
func lastClasses(text []byte) int {
	begin := len(text)
	for at := len(text); at > 0; {
		at = bytes.LastIndexByte(text[:at-1], '\n') + 1
		switch c := text[at]; {
		case c == 'C' && at+1 < len(text) && text[at+1] == ' ':
			begin = at
		case c != '\t' && !empty(c):
			return begin
		}
	}
	return begin
}

// parseTop reads a line without tabs. ok is false where it opens no block that
// anybody looks for.
func parseTop(line []byte) (key blockKey, name []byte, ok bool) {
	line = trimLine(line)
	var id uint32
	switch {
	case len(line) < 2 || line[1] != ' ' || line[0] < 'A' || line[0] > 'Z':
		id, name, ok = cutName(line, 4)
	case line[0] == 'C':
		key.kind = classBlock
		id, name, ok = cutName(line[2:], 2)
	case line[0] == 'S':
		key.kind = genericBlock
		id, name, ok = cutHex(line[2:], 4)
	}
	key.id = uint16(id)
	return key, name, ok
}
