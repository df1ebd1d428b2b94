package pci

import (
	"bytes"
	"fmt"
)

// NamesError is a line of pci.ids that cannot be taken.
type NamesError struct {
	File   string
	Line   int    // counted from 1
	Reason string // in lspci's words: "Parse error", "Duplicate entry"
}

// Error names reason, file and line in the way of lspci.
func (e *NamesError) Error() string {
	return fmt.Sprintf("%s at %s, line %d", e.Reason, e.File, e.Line)
}

// What checkNames finds wrong, as id_parse_list in lib/names-parse.c of
// pciutils says it.
const (
	parseError   = "Parse error"
	duplicate    = "Duplicate entry"
	vendorAbsent = "Vendor does not exist"
	tooLong      = "Line too long"
)

// maxNamesLine is the longest line of a pci.ids that lspci takes, in bytes, its
// newline included.
const maxNamesLine = 1023

// checkNames reads a pci.ids once, line by line. It returns the blocks, or the
// first line that lspci refuses and why. The reason is empty when lspci takes
// them all.
func checkNames(text []byte) (blocks []top, line int, reason string) {
	c := namesChecker{kind: noBlock, blocks: make([]top, 0, mostTops)}
	zero := bytes.IndexByte(text, 0)
	if zero < 0 {
		zero = len(text)
	}
	for at := 0; at < len(text); {
		line++
		length := bytes.IndexByte(text[at:], '\n')
		next := at + length + 1
		if length < 0 || length >= maxNamesLine || zero < next {
			taken, ok := 0, false
			if length, taken, ok = cutUnusualLine(text[at:]); !ok {
				return nil, line, tooLong
			}
			next = at + taken
		}
		if reason := c.line(text[at:at+length], at); reason != "" {
			return nil, line, reason
		}
		at = next
	}
	c.close(len(text))
	return c.blocks, 0, ""
}

// cutUnusualLine finds the end of a line that is long, has a zero byte or has no
// newline, as lspci does. lspci takes at most maxNamesLine bytes at once; in
// these a newline, a carriage return or a zero byte ends the line. Without one
// of the first two the line is too long, unless the text ends there.
func cutUnusualLine(text []byte) (length, taken int, ok bool) {
	read := text[:min(len(text), maxNamesLine)]
	atEnd := len(read) < maxNamesLine
	if newline := bytes.IndexByte(read, '\n'); newline >= 0 {
		read, atEnd = read[:newline+1], false
	}
	length = bytes.IndexAny(read, "\n\r\x00")
	if length < 0 {
		return len(read), len(read), atEnd
	}
	return length, len(read), atEnd || read[length] != 0
}

// namesChecker takes the lines of a pci.ids one after the other.
type namesChecker struct {
	blocks           []top // to is that of the open one only when it is closed
	vendors, classes numbers
	generic          numbers // the cards of all generic blocks, with their vendors

	kind    blockKind // of the open block
	id      uint16    // its number
	entry   uint16    // the number of the last line with one tab
	entered bool      // there was such a line
	entries numbers   // of the lines with one tab
	below   numbers   // of the lines with two tabs, with the entries that they are below
}

// line takes a line, which begins at an offset in the text.
func (c *namesChecker) line(line []byte, at int) (reason string) {
	tabs := 0
	for tabs < len(line) && line[tabs] == '\t' {
		tabs++
	}
	rest := line[tabs:]
	switch {
	case len(rest) == 0 || rest[0] <= '#' && silent(rest):
		return ""
	case tabs == 0:
		c.close(at)
		return c.open(rest, at)
	case c.kind == unknownBlock:
		return ""
	case tabs == 1 && c.kind != noBlock:
		return c.one(rest)
	case tabs == 2 && (c.kind == classBlock || c.kind == vendorBlock && c.entered):
		return c.two(rest)
	}
	return parseError
}

// close ends the open block at an offset.
func (c *namesChecker) close(at int) {
	if c.kind <= classBlock {
		c.blocks[len(c.blocks)-1].to = int32(at)
	}
}

// open takes a line without tabs.
func (c *namesChecker) open(line []byte, at int) (reason string) {
	line = trimLine(line)
	key, name, ok := parseTop(line)
	number := uint64(key.id)
	switch {
	case !ok && len(line) > 1 && line[1] == ' ' && line[0] >= 'A' && line[0] <= 'Z' && line[0] != 'C' && line[0] != 'S':
		c.kind = unknownBlock
		return ""
	case !ok, key.kind == genericBlock && len(name) > 0:
		return parseError
	case key.kind == genericBlock && !c.vendors.has(number):
		return vendorAbsent
	case key.kind == vendorBlock && !c.vendors.add(number), key.kind == classBlock && !c.classes.add(number):
		return duplicate
	}
	c.kind, c.id, c.entry, c.entered = key.kind, key.id, 0, false
	c.entries.clear()
	c.below.clear()
	c.blocks = append(c.blocks, top{blockKey: key, from: int32(at)})
	return ""
}

// one takes what follows one tab.
func (c *namesChecker) one(line []byte) (reason string) {
	var id uint16
	var rest []byte
	var ok bool
	if c.kind == classBlock {
		id, rest, ok = cutHex2(line)
	} else {
		id, rest, ok = cutHex4(line)
	}
	if _, named := nameAfter(rest); !ok || !named {
		return parseError
	}
	c.entry, c.entered = id, true
	if c.kind == genericBlock {
		return unlessAdded(c.generic.add(uint64(c.id)<<16 | uint64(id)))
	}
	return unlessAdded(c.entries.add(uint64(id)))
}

// two takes what follows two tabs: a card of a device, or a programming
// interface of a subclass. Before the first subclass of a class, interfaces are
// those of its subclass 00.
func (c *namesChecker) two(line []byte) (reason string) {
	key := uint64(c.entry) << 32
	if c.kind == classBlock {
		id, rest, ok := cutHex2(line)
		if _, named := nameAfter(rest); !ok || !named {
			return parseError
		}
		key |= uint64(id)
	} else {
		subVendor, subDevice, rest, ok := cutCard(line)
		if _, named := nameAfter(rest); !ok || !named {
			return parseError
		}
		key |= uint64(subVendor)<<16 | uint64(subDevice)
	}
	return unlessAdded(c.below.add(key))
}

// unlessAdded refuses an entry that was there before.
func unlessAdded(added bool) (reason string) {
	if added {
		return ""
	}
	return duplicate
}
