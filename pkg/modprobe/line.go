package modprobe

// Line is one line of a file as kmod reads it: one or more lines of text, of
// which all but the last end with '\'.
type Line struct {
	Number    int       // of its first line of text, from 1
	Raw       string    // its bytes, with the newlines
	Directive Directive // of Kind "" for a comment and an empty line
}

// end says how a line ends.
type end uint8

const (
	ended    end = iota // with a newline
	open                // with the file; a newline would end it
	escaping            // with '\' and the file; a newline would continue it
)

// unescape is the text of one line (freadline_wrapped in shared/util.c): a '\'
// before a newline goes with it, and any other '\' goes, while what it stands
// before stays, whatever that is. One at the end of the file becomes the byte
// 0xff.
//
// at[i] is where in raw the byte text[i] stands.
func unescape(raw string) (text []byte, at []int) {
	text, at = make([]byte, 0, len(raw)), make([]int, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '\n':
			return text, at
		case c == '\\' && i+1 == len(raw):
			return append(text, 0xff), append(at, i)
		case c == '\\':
			i++
			c = raw[i]
			if c == '\n' {
				continue
			}
		}
		text, at = append(text, c), append(at, i)
	}
	return text, at
}

// rawEnd is the length of the first line of s.
func rawEnd(s string) (length int, how end) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\n':
			return i + 1, ended
		case '\\':
			if i++; i == len(s) {
				return i, escaping
			}
		}
	}
	return len(s), open
}

// token is a word in a line's text.
type token struct {
	text       string
	start, end int
}

// cutToken takes the next word off the text that begins at from, as strtok_r
// with tab and blank does: rest begins after the one byte that ended the word.
func cutToken(text string, from int) (t token, rest int, ok bool) {
	for from < len(text) && (text[from] == ' ' || text[from] == '\t') {
		from++
	}
	if from == len(text) {
		return token{}, from, false
	}
	to := from
	for to < len(text) && text[to] != ' ' && text[to] != '\t' {
		to++
	}
	return token{text: text[from:to], start: from, end: to}, min(to+1, len(text)), true
}
