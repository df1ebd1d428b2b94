package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// preamble begins a File that is made.
const preamble = `# The PCI devices that xenpci hides from dom0 at every boot.
# Edit it, or use 'xenpci hide --boot' and 'xenpci unhide --boot'.
`

// Change is one file of the list, before an edit and after it. Nothing is
// written before Write.
type Change struct {
	File     string // without the root
	Old, New []byte // nil: no such file
}

// Write replaces the file, or removes it.
func (c Change) Write(f sysfs.FS) error {
	if c.New == nil {
		return etc.Remove(f, c.File)
	}
	return etc.Replace(f, c.File, c.New, etc.Options{NoBackup: true})
}

// DeclaredError says that a device cannot be added, since it is in the list.
type DeclaredError struct {
	Device Declared // as it stands there
}

// Error says where.
func (e *DeclaredError) Error() string {
	return fmt.Sprintf("%s is declared already, at %s:%d", e.Device.Address, e.Device.File, e.Device.Line)
}

// UndeclaredError says that a device is not in the list.
type UndeclaredError struct {
	Address pci.Address
}

// Error names the device.
func (e *UndeclaredError) Error() string {
	return e.Address.String() + " is not declared in " + File + " or " + DropIns
}

// Add appends a device to File. Remove takes exactly these bytes away again.
//
// A device that is declared already is a *DeclaredError; where File is not TOML,
// nothing is added to it, and the error is a Problems.
func Add(f sysfs.FS, d Device) (Change, error) {
	list, _ := Read(f) // its problems are none of this edit
	for _, declared := range list {
		if declared.Address == d.Address {
			return Change{}, &DeclaredError{declared}
		}
	}
	if err := d.check(); err != nil {
		return Change{}, err
	}
	doc, err := openSound(f, File)
	if err != nil {
		return Change{}, err
	}
	change := Change{File: File, New: appended(doc, d)}
	if doc.exists {
		change.Old = doc.text
	}
	return change, checkEdit(change, doc, d.Address, &d)
}

// openSound opens a file that is going to be edited.
func openSound(f sysfs.FS, name string) (*document, error) {
	doc, err := open(f, name)
	if err != nil {
		return nil, Problems{{File: name, Text: err.Error()}}
	}
	if doc.torn {
		return nil, doc.problems.sorted()
	}
	return doc, nil
}

// appended is the text with a device at its end: after one empty line, and with
// an end of its last line only if the text had one.
func appended(doc *document, d Device) []byte {
	text := doc.text
	if !doc.exists {
		text = []byte(preamble)
	}
	lineEnd := doc.ending()
	added := d.print(lineEnd)
	switch {
	case len(text) == 0:
		added = append(added, lineEnd...)
	case text[len(text)-1] == '\n':
		added = append(append([]byte(lineEnd), added...), lineEnd...)
	default:
		added = append([]byte(lineEnd+lineEnd), added...)
	}
	return bytes.Join([][]byte{text, added}, nil)
}

// ending is how the first line of the text ends.
func (doc *document) ending() string {
	if i := bytes.IndexByte(doc.text, '\n'); i > 0 && doc.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// Remove takes a device out of the file that declares it: its table with the
// comment lines right above it, which an empty line would set apart, and one
// empty line above those. A File of which nothing is left but what Add began it
// with is removed.
//
// Where the device is not declared, the error is an *UndeclaredError.
func Remove(f sysfs.FS, a pci.Address) (Change, error) {
	doc, t, err := find(f, a)
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

// find finds the table of a device.
func find(f sysfs.FS, a pci.Address) (*document, table, error) {
	list, _ := Read(f)
	for _, declared := range list {
		if declared.Address != a {
			continue
		}
		doc, err := openSound(f, declared.File)
		if err != nil {
			return nil, table{}, err
		}
		t, err := doc.tableOf(a)
		return doc, t, err
	}
	return nil, table{}, &UndeclaredError{a}
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

// Set gives a declared device other options, in its table: a value that differs
// is replaced where it stands, one that is not there gets a line, and a line that
// is not needed any more goes, unless it is true or false and has a comment.
//
// Where the device is not declared, the error is an *UndeclaredError.
func Set(f sysfs.FS, a pci.Address, o Options) (Change, error) {
	doc, t, err := find(f, a)
	if err != nil {
		return Change{}, err
	}
	was, _ := doc.device(t, fields())
	d := was
	d.Options = o
	if err := d.check(); err != nil {
		return Change{}, err
	}
	change := Change{File: doc.name, Old: doc.text, New: doc.text}
	next := doc
	for _, field := range fields() {
		if field.get(was) == field.get(d) {
			continue
		}
		change.New = next.set(t, field, field.get(d))
		next = parse(doc.name, change.New)
		if t, err = next.tableOf(a); err != nil {
			return Change{}, err
		}
	}
	return change, checkEdit(change, doc, a, &d)
}

// set gives one key of a table another value, "" for the one that holds when
// the key is not there.
func (doc *document) set(t table, f field, v string) []byte {
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
	if doc.text[end-1] != '\n' { // the text ends here, in no line end
		line = doc.ending() + f.line(v)
	}
	return doc.with(span{end, end}, []byte(line))
}

// otherwise is what a key says that changes nothing.
func (f field) otherwise() string {
	if f.key == "quarantine" {
		return "true"
	}
	return "false"
}

// with is the text with other bytes in the place of some.
func (doc *document) with(s span, other []byte) []byte {
	text := append([]byte{}, doc.text[:s.start]...)
	return append(append(text, other...), doc.text[s.end:]...)
}

// tableOf finds the table of a device.
func (doc *document) tableOf(a pci.Address) (table, error) {
	for _, declared := range doc.devices() {
		for _, t := range doc.tables {
			if line, _ := doc.position(t.head.start); declared.Address == a && line == declared.Line {
				return t, nil
			}
		}
	}
	return table{}, &UndeclaredError{a}
}

// checkEdit reads what an edit made: all devices of the file are as they were,
// but for the one that was edited, which is as it is wanted, or gone.
func checkEdit(c Change, doc *document, a pci.Address, want *Device) error {
	var wanted []string
	for _, d := range parse(doc.name, doc.text).devices() {
		if d.Address != a {
			wanted = append(wanted, string(d.print("\n")))
		} else if c.Old != nil && want != nil {
			wanted, want = append(wanted, string(want.print("\n"))), nil
		}
	}
	if want != nil {
		wanted = append(wanted, string(want.print("\n")))
	}
	edited := parse(c.File, c.New)
	var got []string
	for _, d := range edited.devices() {
		got = append(got, string(d.print("\n")))
	}
	if edited.torn || !slices.Equal(got, wanted) {
		return Problems{{File: c.File, Text: "it is written in a way that cannot be edited", Right: "edit it by hand"}}
	}
	return nil
}
