package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Remove takes a device out of the file that declares it: its table with the
// comment lines right above it, which an empty line would set apart, and one
// empty line above those. A File of which nothing is left but what Add began it
// with is removed.
//
// Where the device is not declared, the error is an *UndeclaredError.
func Remove(f sysfs.FS, a pci.Address, planned ...Change) (Change, error) {
	doc, t, err := find(f, a, planned)
	if err != nil {
		return Change{}, err
	}
	cut := doc.cut(t)
	change := Change{File: doc.name, Old: doc.text, New: doc.with(cut, nil)}
	if err := checkEdit(change, doc, a, nil); err != nil {
		return Change{}, err
	}
	if doc.name == File && string(change.New) == preamble {
		change.New = nil
	}
	return change, nil
}

// find finds the table of a device, in whatever file.
func find(f sysfs.FS, a pci.Address, planned []Change) (*document, table, error) {
	names, _ := files(f)
	var places []Declared
	for _, name := range names {
		doc, err := open(f, name, planned)
		if err != nil {
			continue // it is a problem of Read
		}
		for _, d := range doc.devices() {
			if d.Address == a {
				places = append(places, d)
			}
		}
	}
	switch len(places) {
	case 0:
		return nil, table{}, &UndeclaredError{a}
	case 1:
		doc, err := openSound(f, places[0].File, planned)
		if err != nil {
			return nil, table{}, err
		}
		t, err := doc.tableOf(a)
		return doc, t, err
	}
	first, second := places[0], places[1]
	return nil, table{}, Problems{{
		second.File, second.Line, 1, fmt.Sprintf("%s is declared twice", a),
		fmt.Sprintf("remove this or what is at %s:%d by hand", first.File, first.Line),
	}}
}

// cut is what goes with a table.
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
	if c.end == len(doc.text) && doc.text[c.end-1] != '\n' { // then no line before it ended the text either
		c.start -= len(doc.text[:c.start]) - len(strings.TrimSuffix(strings.TrimSuffix(string(doc.text[:c.start]), "\n"), "\r"))
	}
	return c
}

// tableOf finds the table of a device.
func (doc *document) tableOf(a pci.Address) (table, error) {
	at := 0
	for _, declared := range doc.devices() {
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
