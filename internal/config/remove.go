package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Remove takes a device out of the file that declares it: its table, the comment
// lines directly above it, and one empty line above those. A File in which nothing
// is left but the comment that Add began it with is removed, unless it is a
// symbolic link.
//
// Where the device is not declared, the error is an *UndeclaredError.
func (l *List) Remove(a pci.Address) error {
	file, t, err := l.find(a)
	if err != nil {
		return err
	}
	if err := file.edit(file.with(file.cut(t), nil), a, nil); err != nil {
		return err
	}
	if file.name == File && !file.link && string(file.text) == preamble {
		file.document = parse(File, nil)
	}
	return nil
}

// find returns the table of a device, and the file that it is in.
func (l *List) find(a pci.Address) (*file, table, error) {
	var places []Declared
	var in *file
	for _, file := range l.files {
		for _, d := range file.devices {
			if d.Address == a {
				places, in = append(places, d), file
			}
		}
	}
	switch len(places) {
	case 0:
		return nil, table{}, &UndeclaredError{a}
	case 1:
		if err := in.sound(); err != nil {
			return nil, table{}, err
		}
		t, err := in.tableOf(a)
		return in, t, err
	}
	first, second := places[0], places[1]
	return nil, table{}, Problems{{
		second.File, second.Line, 1, fmt.Sprintf("%s is declared twice", a),
		fmt.Sprintf("remove this declaration or the one at %s:%d", first.File, first.Line),
	}}
}

// cut returns the part of the text that goes with a table.
func (doc *document) cut(t table) span {
	c := span{t.head.start, doc.end(t)}
	for c.start > 0 {
		above := doc.lineStart(c.start - 1)
		if !bytes.HasPrefix(bytes.TrimLeft(doc.text[above:c.start], " \t"), []byte("#")) {
			break
		}
		c.start = above
	}
	empty := c.start
	if above := doc.lineStart(max(0, empty-1)); strings.TrimRight(string(doc.text[above:empty]), "\r\n") == "" {
		empty = above
	}
	if empty == c.start {
		return c
	}
	c.start = empty
	if c.end == len(doc.text) && doc.text[c.end-1] != '\n' { // then the text ended without a newline before, too
		c.start -= len(doc.text[:c.start]) - len(strings.TrimSuffix(strings.TrimSuffix(string(doc.text[:c.start]), "\n"), "\r"))
	}
	return c
}

// tableOf returns the table of a device.
func (doc *document) tableOf(a pci.Address) (table, error) {
	at := 0
	for _, declared := range doc.devices {
		if declared.Address == a {
			at = declared.Line
		}
	}
	for _, t := range doc.tables {
		if line, _ := doc.position(t.head.start); line == at {
			return t, nil
		}
	}
	return table{}, &UndeclaredError{a}
}
