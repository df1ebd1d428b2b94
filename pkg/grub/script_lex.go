package grub

import "strings"

// part is a piece of a word in a GRUB script: text, or a variable.
type part struct {
	text     string
	variable bool
	quoted   bool // of a variable
}

// word is one word of a GRUB script.
type word struct {
	parts      []part // no two texts follow each other
	start, end int
	bare       bool // nothing is quoted
}

// is reports whether a word is this text, written without quotes.
func (w word) is(text string) bool {
	return w.bare && len(w.parts) == 1 && !w.parts[0].variable && w.parts[0].text == text
}

// literal is the text up to the first variable.
func (w word) literal() string {
	var b strings.Builder
	for _, p := range w.parts {
		if p.variable {
			break
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// raw is the word with its variables as they are written.
func (w word) raw() string {
	return w.expand(func(string) (string, bool) { return "", false })
}

// expand puts in values; a variable without one stays as ${NAME}.
func (w word) expand(value func(name string) (string, bool)) string {
	var b strings.Builder
	for _, p := range w.parts {
		b.WriteString(p.expand(value))
	}
	return b.String()
}

func (p part) expand(value func(name string) (string, bool)) string {
	if !p.variable {
		return p.text
	}
	if v, ok := value(p.text); ok {
		return v
	}
	return "${" + p.text + "}"
}

// arguments returns what GRUB makes of a word: the value of a variable outside quotes is divided at
// its blanks, and nothing if it is empty (grub_script_argv_split_append in grub-core/script/argv.c).
func (w word) arguments(value func(name string) (string, bool)) (all []string) {
	var b strings.Builder
	begun := false
	for _, p := range w.parts {
		text := p.expand(value)
		if !p.variable || p.quoted {
			b.WriteString(text)
			begun = true
			continue
		}
		for i, field := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t\n\r", c) }) {
			if i > 0 {
				all = append(all, b.String())
				b.Reset()
			}
			b.WriteString(field)
			begun = true
		}
	}
	if begun {
		all = append(all, b.String())
	}
	return all
}

// lexer splits a GRUB script into words (grub-core/script/yylex.l).
type lexer struct {
	text string
	at   int
}

// skip skips blanks, joined lines and comments, and with ends also newlines and ";".
func (l *lexer) skip(ends bool) {
	for {
		l.blanks()
		if l.at >= len(l.text) {
			return
		}
		switch c := l.text[l.at]; {
		case ends && (c == '\n' || c == ';'):
			l.at++
		case c == '#':
			for l.at < len(l.text) && l.text[l.at] != '\n' {
				l.at++
			}
		default:
			return
		}
	}
}

// blanks skips blanks and joined lines.
func (l *lexer) blanks() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\t' || c == '\r':
			l.at++
		case strings.HasPrefix(l.text[l.at:], "\\\n"):
			l.at += 2
		default:
			return
		}
	}
}

// word reads a word; a brace is always one of its own. why is "" unless a quote is not
// closed.
func (l *lexer) word() (w word, why string) {
	w = word{start: l.at, bare: true}
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case (c == '{' || c == '}') && l.at == w.start:
			w.add(l.text[l.at : l.at+1])
			l.at++
			w.end = l.at
			return w, ""
		case strings.IndexByte(" \t\r\n;|&<>{}", c) >= 0:
			w.end = l.at
			return w, ""
		case c == '\\':
			l.at++
			if l.at < len(l.text) {
				if l.text[l.at] != '\n' {
					w.bare = false
					w.add(l.text[l.at : l.at+1])
				}
				l.at++
			}
		case c == '\'':
			end := strings.IndexByte(l.text[l.at+1:], '\'')
			if end < 0 {
				return w, "a single quote is not closed"
			}
			w.bare = false
			w.add(l.text[l.at+1 : l.at+1+end])
			l.at += end + 2
		case c == '"':
			if !l.doubleQuoted(&w) {
				return w, "a double quote is not closed"
			}
		case c == '$':
			l.variable(&w, false)
		default:
			w.add(l.plain(" \t\r\n;|&<>{}\\'\"$"))
		}
	}
	w.end = l.at
	return w, ""
}

// plain reads all bytes up to one that has a meaning.
func (l *lexer) plain(meaning string) string {
	start := l.at
	if n := strings.IndexAny(l.text[start:], meaning); n >= 0 {
		l.at += n
	} else {
		l.at = len(l.text)
	}
	return l.text[start:l.at]
}

func (w *word) add(text string) {
	w.parts = append(w.parts, part{text: text})
}

func (l *lexer) doubleQuoted(w *word) (closed bool) {
	w.bare = false
	w.add("")
	for l.at++; l.at < len(l.text); {
		switch c := l.text[l.at]; c {
		case '"':
			l.at++
			return true
		case '\\':
			l.at++
			if l.at >= len(l.text) {
				return false
			}
			if c := l.text[l.at]; strings.IndexByte("$\"\\", c) >= 0 {
				w.add(string([]byte{c}))
			} else if c != '\n' {
				w.add("\\" + string([]byte{c}))
			}
			l.at++
		case '$':
			l.variable(w, true)
		default:
			w.add(l.plain("\"\\$"))
		}
	}
	return false
}

// variable reads $NAME, ${NAME}, $1, $@, $*, $#, $?; a "$" alone is text.
func (l *lexer) variable(w *word, quoted bool) {
	rest := l.text[l.at+1:]
	braced := strings.HasPrefix(rest, "{")
	if braced {
		rest = rest[1:]
	}
	n := 0
	for n < len(rest) && nameByte(rest[n], false) {
		n++
	}
	if n == 0 && rest != "" && strings.IndexByte("@*#?", rest[0]) >= 0 {
		n = 1
	}
	if n == 0 || braced && !strings.HasPrefix(rest[n:], "}") {
		w.add("$")
		l.at++
		return
	}
	w.parts = append(w.parts, part{text: rest[:n], variable: true, quoted: quoted})
	l.at += 1 + n
	if braced {
		l.at += 2
	}
}
