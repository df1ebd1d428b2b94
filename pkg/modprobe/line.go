package modprobe

import "strings"

// Line is one line of a file as kmod reads it: one or more lines of text, all but the
// last of which end with '\'.
type Line struct {
	Number    int       // of its first line of text, from 1
	Raw       string    // its bytes, with the newlines
	Directive Directive // of Kind "" for a comment and an empty line
}

// unescape returns the text of one line (freadline_wrapped in shared/util.c): a '\'
// before a newline goes with it, and any other '\' goes while the byte after it
// stays, whatever that is. One at the end of the file becomes the byte 0xff.
func unescape(raw string) []byte {
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '\n':
			return text
		case c == '\\' && i+1 == len(raw):
			return append(text, 0xff)
		case c == '\\':
			i++
			c = raw[i]
			if c == '\n' {
				continue
			}
		}
		text = append(text, c)
	}
	return text
}

// lineLength returns the length of the first line of s, with its newlines.
func lineLength(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\n':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(s)
}

// cutWord takes the next word off a line, as strtok_r with tab and blank does: rest
// begins after the one byte that ended the word.
func cutWord(text string) (word, rest string, ok bool) {
	text = strings.TrimLeft(text, " \t")
	if text == "" {
		return "", "", false
	}
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		return text, "", true
	}
	return text[:end], text[end+1:], true
}
