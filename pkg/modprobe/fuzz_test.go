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
	f.Fuzz(func(t *testing.T, text, name, value, line string) {
		file := modprobe.Parse([]byte(text))
		for _, l := range file.Lines[:min(len(file.Lines), 8)] {
			if e, err := file.RemoveLine(l.Number); err != nil || apply(t, file, e).String() != text[:e.Offset]+text[e.Offset+len(l.Raw):] {
				t.Fatalf("%q without line %d: %v", text, l.Number, err)
			}
			if l.Directive.Kind != modprobe.Options {
				continue
			}
			e, err := file.RemoveParameter(l.Number, name)
			if err != nil {
				t.Fatal(err)
			}
			apply(t, file, e)
			if e, err = file.SetParameter(l.Number, name, value); err == nil {
				setAsAsked(t, file, apply(t, file, e), l, name, value)
			}
		}
		if e, err := file.AddLine(line); err == nil {
			added := apply(t, file, e)
			if last := added.Lines[len(added.Lines)-1]; last.Raw != line+"\n" {
				t.Fatalf("%q, added to %q, is the line %q", line, text, last.Raw)
			}
		}
		blockAndBack(t, file, line)
	})
}

// setAsAsked wants the edited line to give the parameter its value, and the
// lines around it to be what they were.
func setAsAsked(t *testing.T, before, after *modprobe.File, l modprobe.Line, name, value string) {
	t.Helper()
	if len(before.Lines) != len(after.Lines) {
		t.Fatalf("%q has %d lines, and %d as %q", before, len(before.Lines), len(after.Lines), after)
	}
	for i, was := range before.Lines {
		is := after.Lines[i]
		if was.Number != l.Number {
			if was.Raw != is.Raw {
				t.Fatalf("line %q became %q", was.Raw, is.Raw)
			}
			continue
		}
		if is.Directive.Kind != modprobe.Options || is.Directive.Module != l.Directive.Module {
			t.Fatalf("line %q became %q: %+v", was.Raw, is.Raw, is.Directive)
		}
		o := modprobe.SplitOptions(is.Directive.Text)
		if p := o.Parameter(name); p == nil || p.Wins.Value != value || len(p.Loses) > 0 {
			t.Fatalf("line %q became %q, which has %+v", was.Raw, is.Raw, o)
		}
	}
}

func blockAndBack(t *testing.T, file *modprobe.File, line string) {
	t.Helper()
	if _, found, err := file.Block(); found || err != nil {
		return
	}
	e, err := file.SetBlock([]string{"blacklist x", line})
	if err != nil {
		if e, err = file.SetBlock(nil); err != nil {
			t.Fatal(err)
		}
	}
	with := apply(t, file, e)
	if e, err = with.SetBlock([]string{"blacklist y"}); err != nil {
		t.Fatal(err)
	}
	if got := removeBlock(t, apply(t, with, e)).String(); got != file.String() {
		t.Fatalf("%q, with a block and without, is %q", file, got)
	}
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
