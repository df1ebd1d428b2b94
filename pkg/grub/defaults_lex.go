package grub

import "strings"

// piece is a part of a shell word.
type piece struct {
	kind     pieceKind
	literal  []byte // of pieceText: its text without quotes and backslashes
	text     string // of pieceName: the variable; of pieceOpaque: as written
	fallback []piece
	colon    bool // ${NAME:-fallback} rather than ${NAME-fallback}
}

type pieceKind int

const (
	pieceText   pieceKind = iota
	pieceName             // $NAME, ${NAME}, ${NAME:-WORD}
	pieceOpaque           // a command's output, or anything else that only a shell can evaluate
)

// shellWord is one word of a shell script.
type shellWord struct {
	pieces     []piece
	start, end int
	quoted     bool // some of it
	view       view // for an edit of arguments: text, and $NAME as written
	style      byte // '"', '\'' or 0 if the whole value is in these quotes or none, 'm' if it is mixed
}

// shell reads words. lost is why it cannot find the end of one.
type shell struct {
	text string
	at   int
	lost string
	open bool // it is a quote or a bracket that is not closed
	// assigns: some word sets a variable when it is expanded.
	assigns bool
}

// maxNesting limits the nesting of quotes and braces.
const maxNesting = 32

// word reads one word, from a byte that begins one.
func (s *shell) word() shellWord {
	w := shellWord{start: s.at, style: 'm'}
	w.view.base = s.at
	s.pieces(&w, 0, 0)
	w.end = s.at
	return w
}

// pieces reads until the word ends, or, within quote, until that is closed.
func (s *shell) pieces(w *shellWord, quote byte, depth int) {
	if depth > maxNesting {
		s.lost = "quotes and braces are nested too deeply"
	}
	for s.at < len(s.text) && s.lost == "" {
		c := s.text[s.at]
		switch {
		case quote == 0 && strings.IndexByte(" \t\n;&|<>()", c) >= 0:
			return
		case quote != 0 && c == quote:
			return
		case c == '\\':
			s.backslash(w, quote)
		case c == '\'' && quote != '"':
			s.singleQuoted(w)
		case c == '"':
			w.quoted = true
			s.at++
			s.pieces(w, '"', depth+1)
			s.close('"', "a double quote")
		case c == '`':
			s.backquoted(w)
		case c == '$':
			s.dollar(w, depth)
		default:
			s.literal(w, c, s.at, s.at+1)
			s.at++
		}
	}
}

func (s *shell) close(c byte, what string) {
	if s.lost != "" {
		return
	}
	if s.at >= len(s.text) || s.text[s.at] != c {
		s.lost, s.open = what+" is not closed", true
		return
	}
	s.at++
}

func (s *shell) literal(w *shellWord, c byte, start, end int) {
	if n := len(w.pieces); n > 0 && w.pieces[n-1].kind == pieceText {
		w.pieces[n-1].literal = append(w.pieces[n-1].literal, c)
	} else {
		w.pieces = append(w.pieces, piece{literal: []byte{c}})
	}
	w.view.add(c, start, end)
}

func (s *shell) backslash(w *shellWord, quote byte) {
	start := s.at
	s.at++
	if s.at >= len(s.text) {
		s.lost = "it ends in a backslash"
		return
	}
	c := s.text[s.at]
	switch {
	case c == '\n':
		s.at++
	case quote == '"' && strings.IndexByte("$`\"\\", c) < 0:
		s.literal(w, '\\', start, s.at)
	default:
		w.quoted = true
		s.literal(w, c, start, s.at+1)
		s.at++
	}
}

func (s *shell) singleQuoted(w *shellWord) {
	w.quoted = true
	end := strings.IndexByte(s.text[s.at+1:], '\'')
	if end < 0 {
		s.lost, s.open = "a single quote is not closed", true
		return
	}
	for s.at++; s.text[s.at] != '\''; s.at++ {
		s.literal(w, s.text[s.at], s.at, s.at+1)
	}
	s.at++
}

func (s *shell) backquoted(w *shellWord) {
	start := s.at
	for s.at++; s.at < len(s.text) && s.text[s.at] != '`'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	if s.at >= len(s.text) {
		s.lost, s.open = "a backquote is not closed", true
		return
	}
	s.at++
	s.opaque(w, start)
}

// opaque adds a piece whose value only a shell can determine.
func (s *shell) opaque(w *shellWord, start int) {
	w.pieces = append(w.pieces, piece{kind: pieceOpaque, text: s.text[start:min(s.at, len(s.text))]})
	s.hidden(w, start)
}

// hidden represents in the view what an edit must not look into.
func (s *shell) hidden(w *shellWord, start int) {
	for i := start; i < min(s.at, len(s.text)); i++ {
		w.view.add('$', i, i+1)
	}
}

func (s *shell) dollar(w *shellWord, depth int) {
	start := s.at
	s.at++
	if s.at >= len(s.text) {
		s.literal(w, '$', start, s.at)
		return
	}
	switch c := s.text[s.at]; {
	case nameByte(c, true):
		w.pieces = append(w.pieces, piece{kind: pieceName, text: s.name()})
		for i := start; i < s.at; i++ {
			w.view.add(s.text[i], i, i+1)
		}
	case c == '{':
		s.braced(w, depth)
	case c == '(':
		s.substitution(depth)
		s.opaque(w, start)
	case strings.IndexByte("*@#?-$!", c) >= 0 || c >= '0' && c <= '9':
		s.at++
		s.opaque(w, start)
	default:
		s.literal(w, '$', start, s.at)
	}
}

func (s *shell) name() string {
	start := s.at
	for s.at < len(s.text) && nameByte(s.text[s.at], s.at == start) {
		s.at++
	}
	return s.text[start:s.at]
}

func nameByte(c byte, first bool) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || !first && c >= '0' && c <= '9'
}

// braced reads ${NAME}, ${NAME-WORD} and ${NAME:-WORD}; any other form is
// opaque.
func (s *shell) braced(w *shellWord, depth int) {
	start := s.at - 1
	s.at++
	p := piece{kind: pieceName, text: s.name()}
	rest := s.text[s.at:]
	p.colon = strings.HasPrefix(rest, ":-")
	simple := p.text != ""
	s.assigns = s.assigns || strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, ":=")
	var inside shellWord
	switch {
	case p.colon:
		s.at += 2
	case strings.HasPrefix(rest, "-"):
		s.at++
	default:
		simple = simple && strings.HasPrefix(rest, "}")
	}
	if strings.HasPrefix(rest, "}") {
		s.at++
	} else {
		s.pieces(&inside, '}', depth+1)
		s.close('}', "${")
		simple = simple && !inside.quoted
		p.fallback = inside.pieces
		if p.fallback == nil {
			p.fallback = []piece{}
		}
	}
	if !simple {
		s.opaque(w, start)
		return
	}
	w.pieces = append(w.pieces, p)
	s.hidden(w, start)
}

// substitution skips $(...), of which only the end is recognised.
func (s *shell) substitution(depth int) {
	s.at++
	s.assigns = s.assigns || strings.HasPrefix(s.text[s.at:], "(")
	for open := 1; open > 0 && s.lost == ""; {
		if s.at < len(s.text) && s.text[s.at] == '#' {
			s.lost = "a comment within $("
		}
		var w shellWord
		s.pieces(&w, 0, depth+1)
		if s.lost != "" {
			return
		}
		if s.at >= len(s.text) {
			s.lost, s.open = "$( is not closed", true
			return
		}
		switch s.text[s.at] {
		case '(':
			open++
		case ')':
			open--
		}
		s.at++
	}
}
