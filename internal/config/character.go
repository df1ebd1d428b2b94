package config

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// byteOrderMark is what some editors of Windows write first.
const byteOrderMark = '\uFEFF'

// character returns the parser's message about what is at an offset. The parser reads bytes, so
// a character of several bytes is named here, with what to type in its place.
func (doc *document) character(at int, message string) (reason, advice string) {
	if at < len(doc.text) && doc.text[at] == '\n' { // a string without its end
		if i := bytes.IndexFunc(doc.text[doc.lineStart(at):at], curly); i >= 0 {
			at = doc.lineStart(at) + i
		}
	}
	if at >= len(doc.text) || doc.text[at] < utf8.RuneSelf {
		return message, ""
	}
	for at > 0 && !utf8.RuneStart(doc.text[at]) {
		at--
	}
	r, size := utf8.DecodeRune(doc.text[at:])
	switch {
	case r == utf8.RuneError && size <= 1:
		return fmt.Sprintf("the byte %02x, which is no UTF-8", doc.text[at]), "save the file as UTF-8"
	case r == byteOrderMark:
		return fmt.Sprintf("a byte order mark (%U)", r), "save the file as UTF-8 without it"
	case unicode.IsSpace(r) || unicode.In(r, unicode.Cf):
		return fmt.Sprintf("the character %U", r), "type a blank in its place"
	case curly(r):
		return fmt.Sprintf("the character %c (%U)", r, r), "type \" in its place"
	case unicode.In(r, unicode.Pd):
		return fmt.Sprintf("the character %c (%U)", r, r), "type - in its place"
	}
	return fmt.Sprintf("the character %c (%U)", r, r), "text stands between two \""
}

// curly reports whether word processors write a character in place of a quote: “ ” ‘ ’ „ « ».
func curly(r rune) bool {
	return unicode.In(r, unicode.Pi, unicode.Pf) || r == '„' || r == '‚' || r == '″' || r == '′' || r == '´'
}
