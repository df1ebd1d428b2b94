package initscript

import (
	"fmt"
	"strings"
)

// Job is an upstart job (init(5) of upstart).
type Job struct {
	Head    string // comments and empty lines before the first stanza
	Stanzas []Stanza
}

// Stanza is one statement of a job.
type Stanza struct {
	Line   int      // of its first word, from 1
	Words  []string // without quotes; brackets of an event expression are words
	Script string   // the lines between "script" and "end script"
	Raw    string   // all of it, with the comments and empty lines after it
}

// JobError reports what upstart would reject in a job.
type JobError struct {
	Line int // from 1
	Why  string
}

// Error names the line.
func (e *JobError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Why) }

// Dialect is a version of upstart's job format.
type Dialect int

// EventD is upstart 0.3, of /etc/event.d: one event in each "start on". InitConf
// is upstart from 0.6 on, of /etc/init.
const (
	EventD Dialect = iota
	InitConf
)

// ParseJob reads a job and checks that the dialect has its stanzas, their arguments and
// the events. String returns the text that was parsed. The error is a *JobError for
// the first mistake.
func ParseJob(text string, dialect Dialect) (Job, error) {
	p := jobParser{text: text, line: 1}
	var j Job
	j.Head = p.blank()
	for p.at < len(p.text) {
		s, err := p.stanza()
		if err != nil {
			return Job{}, err
		}
		s.Raw += p.blank()
		if err := dialect.check(s); err != nil {
			return Job{}, err
		}
		j.Stanzas = append(j.Stanzas, s)
	}
	return j, nil
}

// String returns the text that was parsed.
func (j Job) String() string {
	var b strings.Builder
	b.WriteString(j.Head)
	for _, s := range j.Stanzas {
		b.WriteString(s.Raw)
	}
	return b.String()
}

// jobParser reads upstart's configuration, as its nih_config functions do.
type jobParser struct {
	text string
	at   int
	line int // of at, from 1
}

// blank skips empty lines and comments, and returns them.
func (p *jobParser) blank() string {
	from := p.at
	for p.at < len(p.text) {
		line, next := p.rest()
		trimmed := strings.TrimLeft(line, " \t\r")
		if trimmed != "" && trimmed[0] != '#' {
			break
		}
		p.at = next
		p.line++
	}
	return p.text[from:p.at]
}

// rest is the text up to the end of the line, and where the next line begins.
func (p *jobParser) rest() (line string, next int) {
	end := strings.IndexByte(p.text[p.at:], '\n')
	if end < 0 {
		return p.text[p.at:], len(p.text)
	}
	return p.text[p.at : p.at+end], p.at + end + 1
}

// stanza reads one, with its script.
func (p *jobParser) stanza() (Stanza, error) {
	from := p.at
	s := Stanza{Line: p.line}
	words, err := p.words()
	if err != nil {
		return Stanza{}, err
	}
	s.Words = words
	if opensScript(words) {
		s.Script, err = p.script(s.Line)
		if err != nil {
			return Stanza{}, err
		}
	}
	s.Raw = p.text[from:p.at]
	return s, nil
}

func opensScript(words []string) bool {
	return len(words) == 1 && words[0] == "script" || len(words) == 2 && words[1] == "script"
}

// script reads to the line "end script".
func (p *jobParser) script(opened int) (string, error) {
	from := p.at
	for p.at < len(p.text) {
		line, next := p.rest()
		text, _, _ := strings.Cut(line, "#")
		body := p.text[from:p.at]
		p.at = next
		p.line++
		if word := strings.Fields(text); len(word) == 2 && word[0] == "end" && word[1] == "script" {
			return body, nil
		}
	}
	return "", &JobError{Line: opened, Why: `"script" is not followed by "end script"`}
}
