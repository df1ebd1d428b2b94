package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// harmless passes on what a terminal shows, and nothing that it acts upon: labels of the
// firmware, names of guests, file names and replies are bytes that somebody else chose.
// Control characters but for newline and tab, invisible characters and bytes that are not
// UTF-8 become U+FFFD, or an escape in a JSON document. Colours are written as noncharacters
// (see colour), and become the terminal's sequences here.
type harmless struct {
	to   io.Writer
	json bool
	part []byte // the beginning of a character

	failed error // of the first write that failed
}

// raw returns what the output writes to, for what must keep its bytes.
func raw(out io.Writer) io.Writer {
	if h, ok := out.(*harmless); ok {
		return h.to
	}
	return out
}

// Write implements io.Writer.
func (h *harmless) Write(b []byte) (int, error) {
	text := append(h.part, b...)
	out := make([]byte, 0, len(text))
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		out = h.append(out, r)
		text = text[size:]
	}
	h.part = append([]byte(nil), text...)
	if _, err := h.to.Write(out); err != nil {
		h.failed = cmp.Or(h.failed, err)
		return 0, err
	}
	return len(b), nil
}

// inOneLine replaces what a terminal acts upon, newlines and tabs too: a value makes no line of
// its own.
func inOneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// end writes what is left where the output ended within a character.
func (h *harmless) end() {
	if len(h.part) > 0 {
		h.part = nil
		_, _ = h.to.Write([]byte(string(unicode.ReplacementChar)))
	}
}

func (h *harmless) append(out []byte, r rune) []byte {
	sequence := colour(r).sequence()
	switch {
	case sequence != "" && !h.json:
		return append(out, sequence...)
	case r == '\n' || r == '\t' || unicode.IsGraphic(r):
		return utf8.AppendRune(out, r)
	case !h.json:
		return utf8.AppendRune(out, unicode.ReplacementChar)
	}
	for _, unit := range utf16.Encode([]rune{r}) {
		out = fmt.Appendf(out, `\u%04x`, unit)
	}
	return out
}
