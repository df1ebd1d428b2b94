package initscript

import "strings"

// words reads the words of a stanza, up to the end of its line. A \ before the
// end joins the next line, quotes may go over several lines, and so may the
// brackets of "start on" and "stop on".
func (p *jobParser) words() ([]string, error) {
	var (
		words []string
		depth int
		begin = p.line
	)
	for p.at < len(p.text) {
		c := p.text[p.at]
		on := len(words) >= 2 && words[1] == "on" && (words[0] == "start" || words[0] == "stop")
		switch {
		case c == '\n':
			p.at++
			p.line++
			if depth == 0 {
				return words, nil
			}
		case c == ' ' || c == '\t' || c == '\r':
			p.at++
		case c == '#':
			line, _ := p.rest()
			p.at += len(line)
		case strings.HasPrefix(p.text[p.at:], "\\\n"):
			p.at += 2
			p.line++
		case on && (c == '(' || c == ')'):
			words = append(words, string(c))
			p.at++
			if c == '(' {
				depth++
			} else if depth--; depth < 0 {
				return nil, &JobError{Line: p.line, Why: "a bracket is closed that was not opened"}
			}
		default:
			word, err := p.word(on)
			if err != nil {
				return nil, err
			}
			words = append(words, word)
		}
	}
	if depth > 0 {
		return nil, &JobError{Line: begin, Why: "a bracket is not closed"}
	}
	return words, nil
}

// word reads one, without its quotes and with what \ protects.
func (p *jobParser) word(brackets bool) (string, error) {
	var b strings.Builder
	var quote byte
	begin := p.line
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '\\' && p.at+1 < len(p.text):
			next := p.text[p.at+1]
			p.at += 2
			if next == '\n' {
				p.line++
				if quote == 0 {
					return b.String(), nil
				}
				continue
			}
			b.WriteByte(next)
			continue
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			if c == '\n' {
				p.line++
			}
			b.WriteByte(c)
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte(" \t\r\n", c) >= 0, brackets && (c == '(' || c == ')'):
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
		p.at++
	}
	if quote != 0 {
		return "", &JobError{Line: begin, Why: "a quote is not closed"}
	}
	return b.String(), nil
}
