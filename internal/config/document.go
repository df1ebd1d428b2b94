package config

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// header begins a device.
const header = "[[device]]"

// document is the text of one file, of the list or of the settings, and where its
// tables and keys are. go-toml checks the syntax; this package checks what TOML
// forbids beyond that (a key twice, a table of another kind).
type document struct {
	name     string
	exists   bool
	text     []byte
	lines    []int   // the offset of each line
	top      []entry // the keys before the first table
	tables   []table
	devices  []Declared
	problems Problems
	torn     bool // a part of it is not TOML
}

// table is one table with its keys.
type table struct {
	name   string // "device.x"
	at     int    // of the name
	device bool   // it is [[device]]
	head   span   // the line with its name
	keys   []entry
	bad    bool // something in it is wrong, so that it is ignored
}

// entry is one key with its value.
type entry struct {
	key   string
	at    int  // of the key
	value span // as it is written
	whole span // key and value
	kind  unstable.Kind
	data  string // the value of a string or bool, and a number as it is written
}

// span is a part of the text, from start to before end.
type span struct{ start, end int }

// parse parses a file of the list.
func parse(name string, text []byte) *document {
	doc := parseTOML(name, text)
	doc.readDevices()
	return doc
}

// parseTOML never fails: what is not TOML is a problem, and parsing goes on at the
// next line that begins a device.
func parseTOML(name string, text []byte) *document {
	doc := &document{name: name, text: text, lines: []int{0}}
	for i, c := range text {
		if c == '\n' {
			doc.lines = append(doc.lines, i+1)
		}
	}
	for from := 0; from < len(text); {
		from = doc.read(from)
	}
	return doc
}

// read reads from an offset to the end of the text, or to what is not TOML. It
// returns where to go on.
func (doc *document) read(from int) int {
	// Comments are kept since they tell how far the parser got.
	p := unstable.Parser{KeepComments: true}
	p.Reset(doc.text[from:])
	done := from
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Comment:
			done = doc.lineEnd(from + end(e.Raw))
		case unstable.KeyValue:
			doc.key(e, from)
			done = doc.lineEnd(from + end(e.Raw))
		default:
			done = doc.table(e, from)
		}
	}
	var broken *unstable.ParserError
	if err := p.Error(); !errors.As(err, &broken) {
		return len(doc.text)
	}
	return doc.tear(done, from+cap(p.Data())-cap(broken.Highlight), broken.Message)
}

func end(r unstable.Range) int { return int(r.Offset + r.Length) }

// table begins a table. It returns where its line ends.
func (doc *document) table(e *unstable.Node, from int) int {
	var names []string
	at, last := len(doc.text), 0
	for keys := e.Key(); keys.Next(); {
		n := keys.Node()
		names = append(names, string(n.Data))
		at, last = min(at, from+int(n.Raw.Offset)), from+end(n.Raw)
	}
	t := table{name: strings.Join(names, "."), at: at, head: span{doc.lineStart(at), doc.lineEnd(last)}}
	t.device = e.Kind == unstable.ArrayTable && slices.Equal(names, []string{"device"})
	t.bad = !t.device
	if t.bad && names[0] == "device" && len(names) > 1 && len(doc.tables) > 0 {
		doc.tables[len(doc.tables)-1].bad = true
	}
	doc.tables = append(doc.tables, t)
	return t.head.end
}

// key adds a key to the last table, or to top.
func (doc *document) key(e *unstable.Node, from int) {
	k := entry{whole: span{from + int(e.Raw.Offset), from + end(e.Raw)}, kind: e.Value().Kind}
	k.at = k.whole.start
	var names []string
	afterKey := k.at
	for keys := e.Key(); keys.Next() && keys.Node().Kind == unstable.Key; {
		n := keys.Node()
		names = append(names, string(n.Data))
		afterKey = from + end(n.Raw)
	}
	k.key = strings.Join(names, ".")
	k.value = span{doc.valueStart(afterKey, k.whole.end), k.whole.end}
	if k.kind == unstable.String || k.kind == unstable.Bool || k.kind == unstable.Integer {
		k.data = string(e.Value().Data)
		k.value = span{from + int(e.Value().Raw.Offset), from + end(e.Value().Raw)}
	}
	if len(doc.tables) == 0 {
		doc.top = append(doc.top, k)
		return
	}
	t := &doc.tables[len(doc.tables)-1]
	t.keys = append(t.keys, k)
}

// valueStart returns the first byte of a value whose place go-toml does not give.
func (doc *document) valueStart(afterKey, end int) int {
	if i := bytes.IndexByte(doc.text[afterKey:end], '='); i >= 0 {
		afterKey += i + 1
	}
	return end - len(bytes.TrimLeft(doc.text[afterKey:end], " \t"))
}

// tear notes what is not TOML, and returns the next line that begins a device.
// What was read up to done is correct; the device in which the rest begins is
// ignored.
func (doc *document) tear(done, at int, message string) int {
	doc.torn = true
	at = max(done, min(at, len(doc.text)-1))
	reason, advice := doc.character(at, message)
	doc.problem(at, "not valid TOML: "+reason, advice)
	begins := len(doc.text) - len(bytes.TrimLeft(doc.text[done:], " \t\r\n"))
	if len(doc.tables) > 0 && !bytes.HasPrefix(doc.text[begins:], []byte("[")) {
		doc.tables[len(doc.tables)-1].bad = true
	}
	for next := doc.lineEnd(begins); next < len(doc.text); next = doc.lineEnd(next) {
		if bytes.HasPrefix(bytes.TrimLeft(doc.text[next:], " \t"), []byte(header)) {
			return next
		}
	}
	return len(doc.text)
}

// problem notes a problem at an offset.
func (doc *document) problem(at int, reason, advice string) {
	line, column := doc.position(at)
	doc.problems = append(doc.problems, Problem{doc.name, line, column, reason, advice})
}

// position returns the line and column of an offset, from 1.
func (doc *document) position(at int) (line, column int) {
	line, begins := slices.BinarySearch(doc.lines, at)
	if begins {
		line++
	}
	return line, 1 + at - doc.lines[line-1]
}

func (doc *document) lineStart(at int) int { return bytes.LastIndexByte(doc.text[:at], '\n') + 1 }

// lineEnd returns where the next line begins.
func (doc *document) lineEnd(at int) int {
	if i := bytes.IndexByte(doc.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(doc.text)
}

// end returns where the last line of a table ends.
func (doc *document) end(t table) int {
	if len(t.keys) == 0 {
		return t.head.end
	}
	return doc.lineEnd(t.keys[len(t.keys)-1].whole.end)
}
