package initscript

import (
	"fmt"
	"strings"
)

const (
	beginInfo = "### BEGIN INIT INFO"
	endInfo   = "### END INIT INFO"
)

// Script is an init script, of which only the INIT INFO comment is parsed (Linux
// Standard Base 5, Core, 22.3, Comment Conventions for Init Scripts).
type Script struct {
	Before string  // the text up to and including the line BEGIN INIT INFO; all of it if there is none
	Fields []Field // the lines between
	After  string  // the text from the line END INIT INFO
}

// Field is one keyword of the comment with the lines that continue it. A line of the
// comment without a keyword is a Field without Key.
type Field struct {
	Key   string // as it is written: "Required-Start"
	Value string // without the blanks around it; lines are joined by a newline
	Raw   string // the lines themselves
}

// ScriptError reports an INIT INFO comment that does not end.
type ScriptError struct {
	Line int // of BEGIN INIT INFO, from 1
}

// Error names the line.
func (e *ScriptError) Error() string {
	return fmt.Sprintf("line %d: %q is not followed by %q", e.Line, beginInfo, endInfo)
}

// ParseScript reads a script. One without INIT INFO has no Fields. String returns the
// text that was parsed. The error is a *ScriptError.
func ParseScript(text string) (Script, error) {
	var s Script
	var in, done bool
	begin, line := 0, 0
	var before, after strings.Builder
	for raw := range strings.Lines(text) {
		line++
		trimmed := strings.TrimRight(raw, " \t\r\n")
		switch {
		case done:
			after.WriteString(raw)
		case in && trimmed == endInfo:
			done = true
			after.WriteString(raw)
		case in:
			s.add(raw)
		default:
			before.WriteString(raw)
			if trimmed == beginInfo {
				in, begin = true, line
			}
		}
	}
	if in && !done {
		return Script{Before: text}, &ScriptError{Line: begin}
	}
	s.Before, s.After = before.String(), after.String()
	return s, nil
}

// add appends a line of the comment. Only a Description continues in lines that begin
// with a tab or two blanks; a keyword that insserv knows may be indented.
func (s *Script) add(raw string) {
	key, value := keyword(raw)
	last := len(s.Fields) - 1
	body, comment := strings.CutPrefix(raw, "#")
	deep := comment && (strings.HasPrefix(body, "\t") || strings.HasPrefix(body, "  "))
	if deep && !known(key) {
		if last >= 0 && strings.EqualFold(s.Fields[last].Key, "Description") {
			s.Fields[last].Raw += raw
			s.Fields[last].Value += "\n" + strings.TrimSpace(body)
			return
		}
		key, value = "", ""
	}
	s.Fields = append(s.Fields, Field{Key: key, Value: value, Raw: raw})
}

// keyword splits "# Provides: a b".
func keyword(raw string) (key, value string) {
	body, ok := strings.CutPrefix(raw, "#")
	if !ok {
		return "", ""
	}
	key, value, ok = strings.Cut(strings.TrimSpace(body), ":")
	if !ok || key == "" || strings.ContainsAny(key, " \t") {
		return "", ""
	}
	return key, strings.TrimSpace(value)
}

// keywords are those of the LSB and of insserv(8).
var keywords = [...]string{
	"Provides", "Required-Start", "Required-Stop", "Should-Start", "Should-Stop", "X-Start-Before", "X-Stop-After",
	"Default-Start", "Default-Stop", "X-Interactive", "Short-Description", "Description",
}

func known(key string) bool {
	for _, k := range keywords {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

// String returns the text that was parsed.
func (s Script) String() string {
	var b strings.Builder
	b.WriteString(s.Before)
	for _, f := range s.Fields {
		b.WriteString(f.Raw)
	}
	b.WriteString(s.After)
	return b.String()
}

// Value returns the value of the first field with this keyword; "" if there is none.
func (s Script) Value(key string) string {
	for _, f := range s.Fields {
		if strings.EqualFold(f.Key, key) {
			return f.Value
		}
	}
	return ""
}

// Words returns the names in Value: facilities or runlevels.
func (s Script) Words(key string) []string { return strings.Fields(s.Value(key)) }
