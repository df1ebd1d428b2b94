package pci

import (
	"bytes"
	"slices"
	"sync"
)

// blockKind is the kind of a top-level entry of pci.ids, to which the lines
// with tabs below it belong.
type blockKind uint8

const (
	vendorBlock  blockKind = iota // "8086  Intel Corporation"
	genericBlock                  // "S 8086": cards of a vendor, whatever the device
	classBlock                    // "C 02  Network controller"

	unknownBlock // of another letter: lspci passes over its lines
	noBlock      // before the first
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

func (k blockKey) is(t top) bool { return t.blockKey == k }

// namesIndex finds the blocks of a pci.ids: 2,400 vendors, of which a machine
// has a handful. It looks at no more of the text than it must.
type namesIndex struct {
	text []byte
	end  int // where the class blocks begin that end the text

	mu      sync.Mutex
	answers map[blockKey]*answer
	gaps    []gap // what bisection has looked at
	tops    []top // of the classes; of all blocks when all is set
	all     bool
	last    lastDevice
}

// lastDevice is the device that was looked up last: the name of its subsystem is
// usually looked up next.
type lastDevice struct {
	vendor, device uint16
	entry
	found bool
}

// answer is what was found out about a block.
type answer struct {
	block
	found  bool
	asked  int         // how often a line of it was looked for
	sorted sortedLines // nil while it is asked for little
}

// top is a block and the part of the text that it is.
type top struct {
	blockKey
	from, to int32
}

// mostTops is how many blocks a pci.ids of today has, and some more.
const mostTops = 3000

func (x *namesIndex) init(text []byte) {
	x.text = text
	x.end = lastClasses(text)
	x.note(x.end, len(text))
}

// initChecked takes the blocks that checkNames found.
func (x *namesIndex) initChecked(text []byte, blocks []top) {
	x.text, x.end, x.tops, x.all = text, len(text), blocks, true
}

// block finds the first block of a kind and number.
func (x *namesIndex) block(kind blockKind, id uint16) (block, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.known(blockKey{kind, id})
	return a.block, a.found
}

// device finds the line of a device.
func (x *namesIndex) device(vendor, device uint16) (entry, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if l := x.last; l.found && l.vendor == vendor && l.device == device {
		return l.entry, true
	}
	a := x.known(blockKey{vendorBlock, vendor})
	if !a.found {
		return entry{}, false
	}
	e, ok := a.device(device)
	x.last = lastDevice{vendor, device, e, ok}
	return e, ok
}

// known answers from what was found out before, where it can.
func (x *namesIndex) known(key blockKey) *answer {
	a, known := x.answers[key]
	if !known {
		a = x.find(key)
		if x.answers == nil {
			x.answers = make(map[blockKey]*answer)
		}
		x.answers[key] = a
	}
	return a
}

// mostAsked is after how many look-ups the lines of a vendor are sorted. It has
// up to 10,000, and to bisect them as they stand is work for each look-up.
const mostAsked = 64

// device finds the line of a device of this vendor.
func (a *answer) device(id uint16) (entry, bool) {
	a.asked++
	if a.asked <= mostAsked {
		return findEntry(a.lines, deviceLine, id)
	}
	if a.sorted == nil {
		a.sorted = sortLines(a.lines, deviceLine)
	}
	return a.sorted.find(a.lines, deviceLine, id)
}

func (x *namesIndex) find(key blockKey) *answer {
	if key.kind == vendorBlock && !x.all && len(x.gaps) < mostGaps {
		if from, ok := x.bisect(key); ok {
			return x.answer(from, x.topFrom(from+1))
		}
	}
	if !x.all && (key.kind != classBlock || !slices.ContainsFunc(x.tops, key.is)) {
		x.all = true
		x.tops = append(make([]top, 0, mostTops), x.tops...)
		x.note(0, x.end)
	}
	i := slices.IndexFunc(x.tops, key.is)
	if i < 0 {
		return &answer{}
	}
	return x.answer(int(x.tops[i].from), int(x.tops[i].to))
}

func (x *namesIndex) answer(from, to int) *answer {
	line, lines := cutLine(x.text[from:to])
	_, name, ok := parseTop(trimLine(line))
	return &answer{block: block{name, lines}, found: ok}
}

// note takes note of all blocks in a part of the text.
func (x *namesIndex) note(from, to int) {
	for from < to {
		next := skipLines(x.text, nextLine(x.text, from), to)
		if key, ok := topKey(x.text[from:next]); ok {
			x.tops = append(x.tops, top{key, int32(from), int32(next)})
		}
		from = next
	}
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

// topKey reads the number of the line that text begins with, if that may open a
// block that anybody looks for.
func topKey(text []byte) (key blockKey, ok bool) {
	if len(text) < len("10b7 ") {
		return key, false
	}
	at, digits := 0, 4
	if text[1] == ' ' {
		at = len("C ")
		switch text[0] {
		case 'C':
			key.kind, digits = classBlock, 2
		case 'S':
			key.kind = genericBlock
		default:
			return key, false
		}
	}
	key.id, _, ok = cutHex(text[at:], digits)
	return key, ok
}

// parseTop reads a line without tabs, trimmed. ok is false where it opens none
// of the three kinds of blocks.
func parseTop(line []byte) (key blockKey, name []byte, ok bool) {
	switch {
	case len(line) < 2 || line[1] != ' ' || line[0] < 'A' || line[0] > 'Z':
		key.id, name, ok = cutName(line, 4)
	case line[0] == 'C':
		key.kind = classBlock
		key.id, name, ok = cutName(line[2:], 2)
	case line[0] == 'S':
		key.kind = genericBlock
		key.id, name, ok = cutHex(line[2:], 4)
	}
	return key, name, ok
}
