package picture

import (
	"strings"
	"unicode"
)

// clean returns s as UTF-8 that is valid in XML, moves no cursor and does not change the
// direction of text. It replaces unprintable characters and invalid bytes by '�'.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// ascii returns s for a terminal that supports only ASCII.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= ' ' && r <= '~' {
			return r
		}
		return '?'
	}, s)
}

// columnsOf returns how many columns of a terminal s takes at most. East Asian characters,
// and all that follow them in Unicode, are assumed to take two.
func columnsOf(s string) int {
	columns := 0
	for _, r := range s {
		columns += runeColumns(r)
	}
	return columns
}

func runeColumns(r rune) int {
	const eastAsia, punctuation, dingbats = 0x1100, 0x2000, 0x2600
	if r < eastAsia || r >= punctuation && r < dingbats || r == unicode.ReplacementChar {
		return 1
	}
	return 2
}

// cut shortens s to a width and ends it with an ellipsis. width returns the width of a
// rune, in the unit of limit. cut returns "" if not even one rune and the ellipsis fit.
func cut(s, ellipsis string, limit int, width func(rune) int) string {
	total, kept, room := 0, 0, limit
	for _, r := range ellipsis {
		room -= width(r)
	}
	for i, r := range s {
		if total <= room {
			kept = i
		}
		if total += width(r); total > limit {
			if kept == 0 {
				return ""
			}
			return strings.TrimRight(s[:kept], " ") + ellipsis
		}
	}
	return s
}
