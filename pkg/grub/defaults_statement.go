package grub

import (
	"fmt"
	"slices"
	"strings"
)

// note records what a statement does to variables.
func (p *defaultsParser) note(words []shellWord, why string) {
	for len(words) > 0 && p.keyword(words[0]) {
		words = words[1:]
		if p.depth > 0 && why == "" {
			why = "it is set under a condition"
		}
	}
	export := len(words) > 0 && p.bare(words[0]) == "export"
	if export {
		words = words[1:]
	}
	assigned := 0
	for assigned < len(words) {
		if _, _, ok := p.assignment(words[assigned]); !ok {
			break
		}
		assigned++
	}
	if rest := words[assigned:]; len(rest) > 0 && !export {
		name := p.bare(rest[0])
		if (name == "." || name == "source") && len(rest) > 1 {
			name += " " + p.text[rest[1].start:rest[1].end]
		}
		if assigned > 0 || name == "printf" && len(rest) > 1 && strings.HasPrefix(p.text[rest[1].start:], "-") {
			name += " with variables for it" // which may stay set, depending on command and shell
		}
		p.command(name)
		return
	}
	for _, w := range words {
		name, value, ok := p.assignment(w)
		switch {
		case ok:
			st := statement{name: name, value: value, line: p.lineAt(w.start), why: why}
			if p.text[value.start-2] == '+' {
				st.why = `only bash knows "+=", and sh may be another shell`
			}
			p.d.statements = append(p.d.statements, st)
		case p.bare(w) == "" || strings.HasPrefix(p.bare(w), "-"):
			p.command("export")
		}
	}
}

func (p *defaultsParser) bare(w shellWord) string {
	if w.quoted || slices.ContainsFunc(w.pieces, func(p piece) bool { return p.kind != pieceText }) {
		return ""
	}
	return p.text[w.start:w.end]
}

// keyword reads if, then, elif, else and fi; at any other compound command the reader
// stops.
func (p *defaultsParser) keyword(w shellWord) bool {
	switch p.bare(w) {
	case "if":
		p.depth++
	case "then", "elif", "else", "!":
	case "fi":
		if p.depth == 0 {
			p.lose("fi without its if")
			return false
		}
		p.depth--
	case "for", "while", "until", "case", "do", "done", "esac", "{", "}", "function", "in", "exit", "return", "exec", "select", "[[", "((":
		p.lose(fmt.Sprintf("%q", p.bare(w)))
		return false
	default:
		return false
	}
	return true
}

// assignment splits NAME=value, and NAME+=value, of which only the name can be used.
func (p *defaultsParser) assignment(w shellWord) (name string, value shellWord, ok bool) {
	s := shell{text: p.text[:w.end], at: w.start}
	name = s.name()
	if strings.HasPrefix(s.text[s.at:w.end], "+=") {
		s.at++
	}
	if name == "" || s.at >= w.end || s.text[s.at] != '=' {
		return "", shellWord{}, false
	}
	s.at++
	value = s.word()
	raw := p.text[value.start:value.end]
	switch {
	case !value.quoted && !strings.ContainsAny(raw, "\\'\"`"):
		value.style = 0
	case len(raw) >= 2 && raw[0] == '\'' && strings.IndexByte(raw[1:], '\'') == len(raw)-2:
		value.style = '\''
	case len(raw) >= 2 && raw[0] == '"' && closesAt(raw) == len(raw)-1:
		value.style = '"'
	}
	if len(value.view.text) == 0 && (value.style == '"' || value.style == '\'') {
		value.view.base++ // between the quotes
	}
	if strings.HasPrefix(raw, "~") {
		value.pieces = []piece{{kind: pieceOpaque, text: raw}}
	}
	return name, value, true
}

// closesAt returns the position of the quote that closes the one at the beginning, if
// only text and $NAME are between them.
func closesAt(raw string) int {
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '`':
			return -1
		case '(':
			if raw[i-1] == '$' {
				return -1
			}
		case '{':
			if inside, _, _ := strings.Cut(raw[i:], "}"); raw[i-1] == '$' && strings.ContainsAny(inside[1:], "\"\\'`{(") {
				return -1
			}
		case '"':
			return i
		}
	}
	return -1
}

// command handles a command that is not an assignment: it leaves variables alone, or
// makes all earlier assignments uncertain.
func (p *defaultsParser) command(name string) {
	switch name {
	case "echo", "printf", ":", "true", "false", "[", "test", "grub_warn", "gettext", "gettext_printf", "logger":
		return
	case "":
		name = "a command"
	}
	p.d.statements = append(p.d.statements, statement{line: p.line, why: name + " may set anything"})
}
