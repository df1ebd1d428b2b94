package modprobe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		file := modprobe.Parse([]byte(text))
		if got := file.String(); got != text {
			t.Fatalf("%q is printed as %q", text, got)
		}
		number := 0
		for _, l := range file.Lines {
			if l.Number <= number || l.Raw == "" {
				t.Fatalf("line %+v after line %d", l, number)
			}
			number = l.Number
			if again := modprobe.Parse([]byte(l.Raw)); len(again.Lines) != 1 {
				t.Fatalf("%q is one line and %d", l.Raw, len(again.Lines))
			}
		}
	})
}

// FuzzEdit makes each edit at each line, and takes it back.
func FuzzEdit(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, line string) {
		file := modprobe.Parse([]byte(text))
		for _, l := range file.Lines[:min(len(file.Lines), 8)] {
			if e, err := file.RemoveLine(l.Number); err != nil || apply(t, file, e).String() != text[:e.Offset]+text[e.Offset+len(l.Raw):] {
				t.Fatalf("%q without line %d: %v", text, l.Number, err)
			}
		}
		if e, err := file.AddLine(line); err == nil {
			added := apply(t, file, e)
			if last := added.Lines[len(added.Lines)-1]; last.Raw != line+"\n" {
				t.Fatalf("%q, added to %q, is the line %q", line, text, last.Raw)
			}
		}
	})
}

// FuzzAliases wants the short way to find the same alias lines as the long one.
func FuzzAliases(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		var want []modprobe.Directive
		for _, l := range modprobe.Parse([]byte(text)).Lines {
			if l.Directive.Kind == modprobe.Alias {
				want = append(want, l.Directive)
			}
		}
		if diff := cmp.Diff(want, modprobe.AliasesIn(text)); diff != "" {
			t.Fatalf("%q:\n%s", text, diff)
		}
	})
}
