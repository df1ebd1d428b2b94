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

// namesChecker goes through a pci.ids line by line.
type namesChecker struct {
	seen map[namesKey]bool

	block   blockKind
	unknown bool     // in a block of a kind that is not known: nothing is checked
	opened  bool     // a block was opened
	inside  bool     // a line with one tab was seen, so that two tabs may follow
	key     namesKey // of the line above
}

// namesKey is what an entry is about; depth tells a device 0000 from its vendor.
type namesKey struct {
	block blockKind
	depth uint8
	ids   [4]uint16
}

// checkNames returns the first line that lspci would refuse, and why; the
// reason is empty when it takes them all.
func checkNames(text []byte) (line int, reason string) {
	c := namesChecker{seen: make(map[namesKey]bool)}
	for line := 1; len(text) > 0; line++ {
		var current []byte
		whole := text
		current, text = cutLine(text)
		if len(whole)-len(text) > maxNamesLine {
			return line, tooLong
		}
		if reason := c.line(trimLine(current)); reason != "" {
			return line, reason
		}
	}
	return 0, ""
}

func (c *namesChecker) line(line []byte) (reason string) {
	if rest := bytes.TrimLeft(line, " \t"); len(rest) == 0 || rest[0] == '#' {
		return ""
	}
	rest := bytes.TrimLeft(line, "\t")
	switch tabs := len(line) - len(rest); {
	case tabs == 0:
		return c.top(rest)
	case c.unknown:
		return ""
	case tabs == 1 && c.opened:
		c.inside = true
		return c.entry(rest, 1)
	case tabs == 2 && c.inside && c.block != genericBlock:
		return c.entry(rest, 2)
	}
	return parseError
}

// top takes a line that opens a block.
func (c *namesChecker) top(line []byte) (reason string) {
	c.inside, c.unknown, c.opened = false, false, true
	if len(line) >= 2 && line[1] == ' ' && line[0] >= 'A' && line[0] <= 'Z' && line[0] != 'C' && line[0] != 'S' {
		c.unknown = true
		return ""
	}
	key, rest, ok := parseTop(line)
	c.block = key.kind
	c.key = namesKey{block: key.kind, ids: [4]uint16{key.id}}
	switch {
	case !ok, key.kind == genericBlock && len(rest) > 0:
		return parseError
	case key.kind != genericBlock:
		return c.note()
	case !c.seen[namesKey{block: vendorBlock, ids: c.key.ids}]:
		return vendorAbsent
	}
	return ""
}

// entry takes a line with tabs.
func (c *namesChecker) entry(line []byte, depth uint8) (reason string) {
	digits := deviceLine.digits
	if c.block == classBlock {
		digits = subclassLine.digits
	}
	n, rest, ok := cutName(line, digits)
	if !ok {
		return parseError
	}
	c.key.depth = depth
	c.key.ids[2], c.key.ids[3] = 0, 0
	c.key.ids[depth] = uint16(n)
	if c.block == vendorBlock && depth == 2 { // a card has two numbers
		n, _, ok = cutName(rest, digits)
		if !ok {
			return parseError
		}
		c.key.ids[3] = uint16(n)
	}
	return c.note()
}

// note refuses what was said before.
func (c *namesChecker) note() (reason string) {
	if c.seen[c.key] {
		return duplicate
	}
	c.seen[c.key] = true
	return ""
}
