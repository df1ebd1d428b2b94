package grub

import (
	"fmt"
	"strings"
)

// Defaults is a file of GRUB 2's settings, /etc/default/grub or one of
// /etc/default/grub.d/*.cfg. grub-mkconfig sources it as a shell script. Defaults
// evaluates its assignments; a value that only a shell can determine is a
// *NotUnderstoodError.
type Defaults struct {
	Name string // the path that the caller gave

	data       []byte
	statements []statement
	lost       *NotUnderstoodError // why the file cannot be read beyond some line
}

// statement is an assignment, or a command that may change others.
type statement struct {
	name  string // "" for a command that may set anything
	value shellWord
	line  int
	why   string // why the assignment may not be executed; "" if it certainly is
}

// NotUnderstoodError reports a part of a file that only a shell can evaluate.
type NotUnderstoodError struct {
	File string
	Line int // from 1
	Why  string
	Open bool // a quote or a bracket is not closed: no shell reads the file beyond that line
}

// Error names the file and the line first.
func (e *NotUnderstoodError) Error() string {
	return fmt.Sprintf("%s:%d: not understood: %s", e.File, e.Line, e.Why)
}

// ParseDefaults reads one file. name is for messages. Nothing is an error here; the
// methods report what they cannot evaluate.
func ParseDefaults(name string, data []byte) *Defaults {
	d := &Defaults{Name: name, data: data}
	p := defaultsParser{shell: shell{text: string(data)}, d: d, line: 1}
	for d.lost == nil && p.statement() {
	}
	if d.lost == nil && p.depth > 0 {
		p.lose("an if without its fi")
	}
	return d
}

// Unread returns why the file is not read beyond some line; nil if all of it is.
func (d *Defaults) Unread() *NotUnderstoodError { return d.lost }

// Bytes returns the content that was parsed.
func (d *Defaults) Bytes() []byte {
	return d.data
}

// defaultsParser goes from statement to statement.
type defaultsParser struct {
	shell
	d       *Defaults
	depth   int // of if
	counted int // line is that of this byte
	line    int
	chained string // the statement before ended in && or ||
}

func (p *defaultsParser) lineAt(at int) int {
	p.line += strings.Count(p.text[p.counted:at], "\n")
	p.counted = at
	return p.line
}

func (p *defaultsParser) lose(why string) {
	p.d.lost = &NotUnderstoodError{File: p.d.Name, Line: p.line, Why: why, Open: p.shell.open}
}

// statement reads up to the next ";" or end of line; false at the end.
func (p *defaultsParser) statement() bool {
	p.blanks("\n;")
	if p.at >= len(p.text) {
		return false
	}
	p.lineAt(p.at)
	words := p.words()
	if p.d.lost != nil {
		return false
	}
	why := p.chained
	p.chained = ""
	if end := p.separator(); p.d.lost != nil {
		return false
	} else if end != "" {
		why = "it depends on " + end
		if end != "&" {
			p.chained = why
		}
	}
	if p.depth > 0 && why == "" {
		why = "it is set under a condition"
	}
	if p.assigns {
		p.assigns = false
		p.command("${NAME:=value}")
	}
	p.note(words, why)
	return p.d.lost == nil
}

// blanks goes over white space, comments, joined lines and the bytes of more.
func (p *defaultsParser) blanks(more string) {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\t' || strings.IndexByte(more, c) >= 0:
			p.at++
		case strings.HasPrefix(p.text[p.at:], "\\\n"):
			p.at += 2
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}

// words reads the words of one statement, redirections left out.
func (p *defaultsParser) words() []shellWord {
	var words []shellWord
	redirect := false
	for {
		p.blanks("")
		if p.at >= len(p.text) {
			return words
		}
		switch c := p.text[p.at]; c {
		case '\n', ';', '|':
			return words
		case '(', ')':
			p.lose("parentheses")
			return nil
		case '&':
			if n := len(p.text); p.at == 0 || p.text[p.at-1] != '>' && (p.at+1 >= n || p.text[p.at+1] != '>') {
				return words
			}
			p.at++
		case '<', '>':
			if strings.HasPrefix(p.text[p.at:], "<<") {
				p.lose("a here-document")
				return nil
			}
			redirect = true
			p.at++
		default:
			w := p.word()
			if p.shell.lost != "" {
				p.lose(p.shell.lost)
				return nil
			}
			// "2>" is the number of what is redirected.
			number := !redirect && !w.quoted && p.at < len(p.text) && strings.IndexByte("<>", p.text[p.at]) >= 0 &&
				strings.Trim(p.text[w.start:w.end], "0123456789") == ""
			if !redirect && !number {
				words = append(words, w)
			}
			redirect = false
		}
	}
}

// separator takes what ends a statement; the name of one that makes its
// neighbours conditional.
func (p *defaultsParser) separator() string {
	rest := p.text[p.at:]
	for _, s := range []string{"&&", "||", ";;", "|", "&"} {
		if !strings.HasPrefix(rest, s) {
			continue
		}
		if s == ";;" {
			p.lose(`";;"`)
		}
		p.at += len(s)
		return s
	}
	return ""
}
