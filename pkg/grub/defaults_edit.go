package grub

import (
	"fmt"
	"strings"
)

// Set is the change that gives a variable this value: in the place of its last
// assignment in this file, or on a line of its own at the end. It is an error
// where the last assignment is under a condition, or where the file is not
// understood to its end.
func (d *Defaults) Set(name, value string) (Change, error) {
	if strings.ContainsAny(value, "\n\x00") {
		return Change{}, fmt.Errorf("%s: the value %q has more than one line", name, value)
	}
	st, err := d.last(name)
	if err != nil {
		return Change{}, err
	}
	quoted := `"` + escapeDouble(value) + `"`
	if st == nil {
		joined, err := d.end()
		if err != nil {
			return Change{}, err
		}
		text := name + "=" + quoted + "\n"
		if joined {
			text = "\n" + text
		}
		return Change{Offset: len(d.data), New: text}, nil
	}
	old := string(d.data[st.value.start:st.value.end])
	if st.value.style == '\'' && !strings.Contains(value, "'") {
		quoted = "'" + value + "'"
	}
	return Change{Offset: st.value.start, Old: old, New: quoted}, nil
}

// EditArguments is the change that an edit makes to the command line in the
// last assignment of a variable in this file. What a $NAME in it stands for is
// not seen and is kept. The errors are those of Set, and there is one where the
// file does not assign the variable, or mixes quotes in it.
func (d *Defaults) EditArguments(name string, edit Edit) (Change, error) {
	st, err := d.last(name)
	if err != nil {
		return Change{}, err
	}
	if st == nil {
		return Change{}, fmt.Errorf("%s does not set %s", d.Name, name)
	}
	line := ParseCommandLine(string(st.value.view.text))
	splices, err := edit(line)
	if err != nil {
		return Change{}, fmt.Errorf("%s:%d: %w", d.Name, st.line, err)
	}
	switch st.value.style {
	case '"':
		return st.value.view.change(d.data, splices, escapeDouble), nil
	case '\'':
		return st.value.view.change(d.data, splices, asIs), nil
	case 0:
		if len(splices) == 0 {
			return Change{}, nil
		}
		old := string(d.data[st.value.start:st.value.end])
		return Change{Offset: st.value.start, Old: old, New: `"` + spliced(old, splices) + `"`}, nil
	}
	if len(splices) == 0 {
		return Change{}, nil
	}
	return Change{}, &NotUnderstoodError{File: d.Name, Line: st.line, Why: name + ": its value has quotes within or a command"}
}

func (d *Defaults) last(name string) (*statement, error) {
	if d.lost != nil {
		return nil, d.lost
	}
	for i := len(d.statements) - 1; i >= 0; i-- {
		st := &d.statements[i]
		if st.name != name {
			continue
		}
		if st.why != "" {
			return nil, &NotUnderstoodError{File: d.Name, Line: st.line, Why: name + ": " + st.why}
		}
		return st, nil
	}
	return nil, nil
}

// end says what is to come before a line at the end of the file: joined, that
// the last line has no end. The error is for a file of which it is not clear
// that a line there would be run.
func (d *Defaults) end() (joined bool, err error) {
	if d.lost != nil {
		return false, d.lost
	}
	text := strings.TrimSuffix(string(d.data), "\n")
	if strings.HasSuffix(text, "\\") {
		return false, &NotUnderstoodError{File: d.Name, Line: strings.Count(text, "\n") + 1, Why: "it ends in a backslash"}
	}
	return text != "" && len(text) == len(d.data), nil
}

// escapeDouble is text as it stands between double quotes.
func escapeDouble(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte("$`\"\\", text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
