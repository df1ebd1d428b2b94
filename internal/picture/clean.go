package picture

import (
	"strings"
	"unicode"
)

// clean returns s as UTF-8 that moves no cursor, turns no line round and may
// stand in XML: what cannot be printed, and each byte that is no UTF-8, is
// shown by '�'.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// ascii returns s for a terminal that knows no more.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= ' ' && r <= '~' {
			return r
		}
		return '?'
	}, s)
}

// columnsOf is how many columns of a terminal s takes at most. Letters of East
// Asia take two; what follows them in Unicode is not looked at more closely.
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

// cut shortens s to a width, with an ellipsis for its end; width says how much
// a rune takes, in the same unit. It returns "" where not even the ellipsis
// and one rune fit.
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
