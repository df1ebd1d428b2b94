package pci

import (
	"regexp"
	"strconv"
	"strings"
)

// namesKey is what an entry of pci.ids is about. depth is the number of tabs
// before it: it tells the device 0000 from its vendor.
type namesKey struct {
	block blockKind
	depth int
	ids   [4]uint16
}

// plainTable are names.
type plainTable map[namesKey]string

// lookUp looks up every entry that lspci shows.
func (all plainTable) lookUp(names *Names, found func(key namesKey, name string)) {
	for key, name := range all {
		ids, got := key.ids, ""
		switch {
		case key.block == vendorBlock && key.depth == 0:
			got, _ = names.Vendor(ids[0])
		case key.block == vendorBlock && key.depth == 1:
			got, _ = names.Device(ids[0], ids[1])
		case key.block == vendorBlock && ids[0] > 0 && ids[1] > 0: // lspci gives other cards no name
			got, _ = names.Subsystem(ids[0], ids[1], ids[2], ids[3])
		case key.block == classBlock && key.depth == 0:
			got, _ = names.Base(Class(ids[0]) << 16)
		case key.block == classBlock && key.depth == 1:
			got, _ = names.Subclass(Class(ids[0])<<16 | Class(ids[1])<<8)
		case key.block == classBlock && name != "":
			got, _ = names.Interface(Class(ids[0])<<16 | Class(ids[1])<<8 | Class(ids[2]))
		default:
			continue
		}
		found(key, got)
	}
}

// plainNames reads a pci.ids in the plainest way: one line after another, by
// regular expressions, into a map. It stops at the first line that lspci
// refuses. An interface without a subclass, which lspci takes and does not show,
// has an empty name.
func plainNames(text string) (names plainTable, line int, reason string) {
	names = make(plainTable)
	kind, entered := noBlock, false
	var key namesKey // of the line above
	for len(text) > 0 {
		line++
		current, rest, ok := cutPlainLine(text)
		text = rest
		switch {
		case !ok:
			return names, line, tooLong
		case plainSilent.MatchString(current):
			continue
		case plainUnknown.MatchString(current):
			kind = unknownBlock
			continue
		}
		depth := len(plainTabs.FindString(current))
		switch {
		case depth == 0:
			kind, entered, key = vendorBlock, false, namesKey{}
			if strings.HasPrefix(current, "C ") {
				kind = classBlock
			} else if strings.HasPrefix(current, "S ") {
				kind = genericBlock
			}
		case kind == unknownBlock:
			continue
		case depth == 1:
			entered = true
		}
		form, known := plainForms[plainForm{kind, depth}]
		if !known || !form.MatchString(current) || kind == vendorBlock && depth == 2 && !entered {
			return names, line, parseError
		}
		found := form.FindStringSubmatch(current)
		above := key.ids
		key = namesKey{block: kind, depth: depth}
		copy(key.ids[:depth], above[:])
		for i, digits := range found[1 : len(found)-1] {
			n, _ := strconv.ParseUint(digits, 16, 16)
			key.ids[depth+i] = uint16(n)
		}
		if kind == genericBlock && depth == 0 {
			if _, known := names[namesKey{ids: key.ids}]; !known {
				return names, line, vendorAbsent
			}
			continue
		}
		if _, known := names[key]; known {
			return names, line, duplicate
		}
		names[key] = found[len(found)-1]
		if depth == 2 && !entered {
			names[key] = ""
		}
	}
	return names, 0, ""
}

// cutPlainLine takes the next line as fgets(3) and id_parse_list do. ok is false
// where it is too long.
func cutPlainLine(text string) (line, rest string, ok bool) {
	read := text[:min(len(text), maxNamesLine)]
	atEnd := len(read) < maxNamesLine
	if end := strings.IndexByte(read, '\n'); end >= 0 {
		read, atEnd = read[:end+1], false
	}
	rest = text[len(read):]
	end := strings.IndexAny(read, "\n\r\x00")
	if end < 0 {
		return plainBlank.ReplaceAllString(read, ""), rest, atEnd
	}
	return plainBlank.ReplaceAllString(read[:end], ""), rest, atEnd || read[end] != 0
}

var (
	plainBlank   = regexp.MustCompile(`[ \t]\z`)
	plainSilent  = regexp.MustCompile(`^[ \t]*(#|\z)`)
	plainUnknown = regexp.MustCompile(`^[ABD-RT-Z] `)
	plainTabs    = regexp.MustCompile(`^\t*`)
)

// plainForm is a kind of line: the block it is in and the tabs before it.
type plainForm struct {
	block blockKind
	depth int
}

// plainForms are the forms of lines: numbers, and a name at the end.
var plainForms = map[plainForm]*regexp.Regexp{
	{vendorBlock, 0}:  regexp.MustCompile(`(?is)^([0-9a-f]{4})[ \t]+([^ \t].*)\z`),
	{vendorBlock, 1}:  regexp.MustCompile(`(?is)^\t([0-9a-f]{4})[ \t]+([^ \t].*)\z`),
	{vendorBlock, 2}:  regexp.MustCompile(`(?is)^\t\t([0-9a-f]{4})[ \t]([0-9a-f]{4})[ \t]+([^ \t].*)\z`),
	{genericBlock, 0}: regexp.MustCompile(`(?i)^S ([0-9a-f]{4})()\z`),
	{genericBlock, 1}: regexp.MustCompile(`(?is)^\t([0-9a-f]{4})[ \t]+([^ \t].*)\z`),
	{classBlock, 0}:   regexp.MustCompile(`(?is)^C ([0-9a-f]{2})[ \t]+([^ \t].*)\z`),
	{classBlock, 1}:   regexp.MustCompile(`(?is)^\t([0-9a-f]{2})[ \t]+([^ \t].*)\z`),
	{classBlock, 2}:   regexp.MustCompile(`(?is)^\t\t([0-9a-f]{2})[ \t]+([^ \t].*)\z`),
}
