package config

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

// FuzzRead wants of any text: no panic, problems within it, and devices that
// come back the same when they are written anew.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := parse(File, text)
		list := doc.devices()
		lines := 1 + bytes.Count(text, []byte("\n"))
		for _, p := range doc.problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Column > len(bytes.Split(text, []byte("\n"))[p.Line-1])+1 {
				t.Errorf("%v: the text has %d lines", p, lines)
			}
			if strings.ContainsAny(p.Error(), "\n\x1b") {
				t.Errorf("%q is more than a line", p.Error())
			}
		}
		for _, d := range list {
			again := parse(File, d.print("\n"))
			if back := again.devices(); len(back) != 1 || string(back[0].print("\n")) != string(d.print("\n")) || len(again.problems) != 0 {
				t.Errorf("%q is read as %+v, %v", d.print("\n"), back, again.problems)
			}
			if d.Line < 1 || d.Line > lines {
				t.Errorf("%s is at line %d of %d", d.Address, d.Line, lines)
			}
		}
	})
}

// FuzzAddRemove wants of any text that can be edited: an added device is there,
// all others stay, and without it the text is what it was.
func FuzzAddRemove(f *testing.F) {
	added := Device{Address: pci.Address{Domain: 0xabcd, Bus: 0xef}, Options: Options{Name: "new", Comment: "a\nb"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := parse(File, text)
		doc.exists = true
		for _, d := range doc.devices() {
			if d.Address == added.Address {
				return
			}
		}
		if doc.torn {
			return
		}
		change := Change{File: File, Old: text, New: appended(doc, added)}
		if err := checkEdit(change, doc, added.Address, &added); err != nil {
			t.Fatalf("%v\n%s", err, change.New)
		}
		with := parse(File, change.New)
		added, err := with.tableOf(added.Address)
		if err != nil {
			t.Fatal(err)
		}
		if without := with.with(with.cut(added), nil); !bytes.Equal(text, without) {
			t.Errorf("%q, want %q", without, text)
		}
	})
}
