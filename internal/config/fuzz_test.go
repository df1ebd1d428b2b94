package config

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

// FuzzRead wants of any text: no panic, problems within it, and devices that
// are read back the same after they are written.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := parse(File, text)
		list := doc.devices
		lines := within(t, text, doc.problems)
		for _, d := range list {
			again := parse(File, d.print("\n"))
			if back := again.devices; len(back) != 1 || string(back[0].print("\n")) != string(d.print("\n")) || len(again.problems) != 0 {
				t.Errorf("%q is read as %+v, %v", d.print("\n"), back, again.problems)
			}
			if d.Line < 1 || d.Line > lines {
				t.Errorf("%s is at line %d of %d", d.Address, d.Line, lines)
			}
		}
	})
}

// within wants problems to be at places of the text, and one line each. It returns
// how many lines the text has.
func within(t *testing.T, text []byte, problems Problems) int {
	t.Helper()
	lines := bytes.Split(text, []byte("\n"))
	for _, p := range problems {
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
			t.Errorf("%v: the text has %d lines", p, len(lines))
		}
		if strings.ContainsAny(p.Error(), "\n\x1b") {
			t.Errorf("%q is more than a line", p.Error())
		}
	}
	return len(lines)
}

// FuzzAddRemove wants of any text that can be edited: an added device is there,
// all others stay, and without it the text is what it was.
func FuzzAddRemove(f *testing.F) {
	added := Device{Address: pci.Address{Domain: 0xabcd, Bus: 0xef}, Options: Options{Name: "new", Comment: "a\nb"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := parse(File, text)
		doc.exists = true
		for _, d := range doc.devices {
			if d.Address == added.Address {
				return
			}
		}
		if doc.torn {
			return
		}
		with := &file{document: doc}
		if err := with.edit(appended(doc, added), added.Address, &added); err != nil {
			t.Fatalf("%v\n%s", err, appended(doc, added))
		}
		added, err := with.tableOf(added.Address)
		if err != nil {
			t.Fatal(err)
		}
		if without := with.with(with.cut(added), nil); !bytes.Equal(text, without) {
			t.Errorf("%q, want %q", without, text)
		}
	})
}

// FuzzSet wants of any text that can be edited: options that were not there go
// again without a trace, and what was there is what it was.
func FuzzSet(f *testing.F) {
	set := Options{Name: "new", Permissive: true, NoQuarantine: true, OnDrift: DriftReport, Comment: "a\"b"}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := parse(File, text)
		declared := map[pci.Address]int{}
		list := doc.devices
		for _, d := range list {
			declared[d.Address]++
		}
		if doc.torn || len(list) == 0 || declared[list[0].Address] > 1 {
			return
		}
		a, was := list[0].Address, list[0].Options
		there, err := doc.tableOf(a)
		if err != nil {
			t.Fatal(err)
		}
		with := &file{document: doc}
		if err := with.setOptions(there, a, set); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		changed := with.text
		if got := with.devices[0].Options; got != set {
			t.Errorf("%q has %+v", changed, got)
		}
		if there, err = with.tableOf(a); err != nil {
			t.Fatal(err)
		}
		if err := with.setOptions(there, a, was); err != nil {
			t.Fatalf("%q: %v", changed, err)
		}
		if again := with.devices; len(again) != len(list) || again[0].Options != was {
			t.Errorf("%q became %q", text, with.text)
		}
		for _, k := range there.keys {
			if k.key == "name" || k.key == "permissive" || k.key == "quarantine" || k.key == "on-drift" || k.key == "comment" {
				if doc.has(a, k.key) {
					return // it may have been written in another way
				}
			}
		}
		if !bytes.Equal(with.text, text) {
			t.Errorf("%q became %q and came back as %q", text, changed, with.text)
		}
	})
}

// FuzzSettings wants of any text: no panic, problems within it, and settings within
// their bounds.
func FuzzSettings(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		s, problems := parseSettings(text)
		within(t, text, problems)
		if s.Interval < minInterval || s.Interval > maxInterval || s.Textfile != "" && s.Textfile[0] != '/' || strings.ContainsAny(s.Textfile+s.Group, "\n\x1b") ||
			s.OnDrift != "" && s.OnDrift != DriftHide && s.OnDrift != DriftReport {
			t.Errorf("%+v", s)
		}
	})
}

func (doc *document) has(a pci.Address, key string) bool {
	t, err := doc.tableOf(a)
	return err == nil && slices.ContainsFunc(t.keys, func(k entry) bool { return k.key == key })
}

// FuzzParseMAC looks for a MAC address that is not printed as the kernel does.
func FuzzParseMAC(f *testing.F) {
	for _, text := range []string{"00:1b:21:aa:bb:cc", "00-1B-21-AA-BB-CC", "00:1b-21:aa:bb:cc", "0:1b:21:aa:bb:cc", "00:1b:21:ff:ff:aa:bb:cc", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		mac, ok := ParseMAC(text)
		again, still := ParseMAC(mac)
		switch {
		case !ok && mac != "":
			t.Errorf("%q: %q and no", text, mac)
		case ok && (len(mac) != len("00:1b:21:aa:bb:cc") || !still || again != mac):
			t.Errorf("%q: %q, %q", text, mac, again)
		}
	})
}
