package config

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Set gives a declared device other options, in its table: a value that differs
// is replaced where it is, a key that is missing gets a line, and a line that is
// not needed any more is removed, unless it is true or false with a comment.
//
// Where the device is not declared, the error is an *UndeclaredError.
func (l *List) Set(a pci.Address, o Options) error {
	file, t, err := l.find(a)
	if err != nil {
		return err
	}
	return file.setOptions(t, a, o)
}

// setOptions is Set for a table that was found.
func (f *file) setOptions(t table, a pci.Address, o Options) error {
	was, _ := f.device(t, fields())
	d := was
	d.Options = o
	if err := d.check(); err != nil {
		return err
	}
	next := f.document
	for _, field := range fields() {
		if field.get(was) == field.get(d) {
			continue
		}
		next = parse(f.name, next.set(t, field, field.get(d)))
		var err error
		if t, err = next.tableOf(a); err != nil {
			return err
		}
	}
	return f.edit(next.text, a, &d)
}

// set returns the text with another value of one key of a table. "" is the value
// that applies without the key.
func (doc *document) set(t table, f field[Device], v string) []byte {
	for _, k := range t.keys {
		if k.key != f.key {
			continue
		}
		line := span{doc.lineStart(k.whole.start), doc.lineEnd(k.whole.end)}
		commented := strings.TrimSpace(string(doc.text[k.whole.end:line.end])) != ""
		switch {
		case v == "" && commented && f.kind == unstable.Bool: // the comment may say why
			v = f.otherwise()
		case v == "" && line.end == len(doc.text) && doc.text[line.end-1] != '\n':
			before := strings.TrimSuffix(strings.TrimSuffix(string(doc.text[:line.start]), "\n"), "\r")
			return []byte(before)
		case v == "":
			return doc.with(line, nil)
		}
		return doc.with(k.value, []byte(f.value(v)))
	}
	end := doc.end(t)
	line := f.line(v) + doc.ending()
	if doc.text[end-1] != '\n' { // the text ends here without a newline
		line = doc.ending() + f.line(v)
	}
	return doc.with(span{end, end}, []byte(line))
}

// otherwise returns the value that applies without the key.
func (f field[T]) otherwise() string {
	if f.key == "quarantine" {
		return "true"
	}
	return "false"
}
