package grub

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/edit"
)

// Set returns the edit that gives a variable this value: in the place of its last
// assignment in this file, or on a line of its own at the end. The error is a
// *NotUnderstoodError if the last assignment is under a condition, or if the file
// is not understood to its end.
func (d *Defaults) Set(name, value string) (edit.Edit, error) {
	if strings.ContainsAny(value, "\n\x00") {
		return edit.Edit{}, fmt.Errorf("%s: the value %q has more than one line", name, value)
	}
	st, err := d.last(name)
	if err != nil {
		return edit.Edit{}, err
	}
	quoted := `"` + escapeDouble(value) + `"`
	if st == nil {
		if d.lost != nil {
			return edit.Edit{}, d.lost
		}
		before := edit.EndLine(d.data)
		e := edit.Edit{Offset: len(d.data), New: before + name + "=" + quoted + "\n"}
		with := append(slices.Clone(d.data), e.New...)
		if err := ParseDefaults(d.Name, with).Assigns(name, bytes.Count(d.data, []byte("\n"))+len(before)+1); err != nil {
			return edit.Edit{}, err
		}
		return e, nil
	}
	old := string(d.data[st.value.start:st.value.end])
	if st.value.style == '\'' && !strings.Contains(value, "'") {
		quoted = "'" + value + "'"
	}
	return edit.Edit{Offset: st.value.start, Old: old, New: quoted}, nil
}

// EditArguments returns the edit by which an operation changes the command line in
// the last assignment of a variable in this file. The arguments that a $NAME in it
// stands for are not seen and are kept. The errors are those of Set, and one if
// the file does not assign the variable, or mixes quotes in its value.
func (d *Defaults) EditArguments(name string, o Operation) (edit.Edit, error) {
	st, err := d.last(name)
	if err != nil {
		return edit.Edit{}, err
	}
	if st == nil {
		return edit.Edit{}, fmt.Errorf("%s does not set %s", d.Name, name)
	}
	line := ParseCommandLine(string(st.value.view.text))
	splices, err := o.on(line)
	if err != nil {
		return edit.Edit{}, fmt.Errorf("%s:%d: %w", d.Name, st.line, err)
	}
	switch st.value.style {
	case '"':
		return st.value.view.edit(d.data, splices, escapeDouble), nil
	case '\'':
		return st.value.view.edit(d.data, splices, asIs), nil
	case 0:
		if len(splices) == 0 {
			return edit.Edit{}, nil
		}
		old := string(d.data[st.value.start:st.value.end])
		return edit.Edit{Offset: st.value.start, Old: old, New: `"` + spliced(old, splices) + `"`}, nil
	}
	if len(splices) == 0 {
		return edit.Edit{}, nil
	}
	return edit.Edit{}, &NotUnderstoodError{File: d.Name, Line: st.line, Why: name + ": its value has inner quotes or a command"}
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

// escapeDouble returns text as it is written between double quotes.
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
