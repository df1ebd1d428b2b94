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

	mu     sync.Mutex
	blocks map[blockKey]block
	next   int // where the first block stands that is not known
	end    int // where the classes begin, which are known from the start
}

// init takes note of the classes, which stand last in the file.
func (x *namesIndex) init(text []byte) {
	x.text = text
	x.blocks = make(map[blockKey]block)
	x.end = lastClasses(text)
	for at := x.end; at < len(text); {
		at = x.note(at)
	}
}

// block finds a block. The first of two equal ones counts.
func (x *namesIndex) block(kind blockKind, id uint16) (block, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := blockKey{kind, id}
	for {
		if b, ok := x.blocks[key]; ok {
			return b, true
		}
		if x.next >= x.end {
			return block{}, false
		}
		x.next = x.note(x.next)
	}
}

// note takes the line at offset at and, where it opens a block, notes that. It
// returns the offset of the next line that could.
func (x *namesIndex) note(at int) int {
	line, lines, next := cutBlock(x.text, at)
	key, name, ok := parseTop(line)
	if _, twice := x.blocks[key]; ok && !twice {
		x.blocks[key] = block{name: name, lines: lines}
	}
	return next
}

// cutBlock returns the line at offset at, all lines with tabs, comments and
// empty ones that follow it, and the offset after them.
func cutBlock(text []byte, at int) (line, lines []byte, next int) {
	line, rest := cutLine(text[at:])
	lines = rest
	for len(rest) > 0 && (rest[0] == '\t' || empty(rest[0])) {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			rest = nil
			break
		}
		rest = rest[end+1:]
	}
	return line, lines[:len(lines)-len(rest)], len(text) - len(rest)
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
