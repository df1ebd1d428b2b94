package change

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func file(content string) State { return State{Exists: true, Content: []byte(content)} }

// TestAdd merges changes of one path, and drops those that change nothing.
func TestAdd(t *testing.T) {
	a, b, c := file("a"), file("b"), file("c")
	for _, test := range []struct {
		name string
		add  []Change
		want []Change
	}{
		{"two files", []Change{{Path: "/x", New: a}, {Path: "/y", Old: a, New: b}}, []Change{{Path: "/x", New: a}, {Path: "/y", Old: a, New: b}}},
		{"nothing", []Change{{Path: "/x"}, {Path: "/y", Old: a, New: a}}, nil},
		{"one after the other", []Change{{Path: "/x", New: a}, {Path: "/y", New: c}, {Path: "/x", Old: a, New: b}}, []Change{{Path: "/x", New: b}, {Path: "/y", New: c}}},
		{"and back", []Change{{Path: "/x", Old: a, New: b}, {Path: "/x", Old: b, New: a}}, nil},
		{"kinds", []Change{
			{Path: "/x", Old: a, New: b, With: []Kind{"one", "two"}, Without: []Kind{"three"}},
			{Path: "/x", Old: b, New: c, With: []Kind{"three"}, Without: []Kind{"one"}},
		}, []Change{{Path: "/x", Old: a, New: c, With: []Kind{"two", "three"}, Without: []Kind{"one"}}}},
	} {
		var p Plan
		if err := p.Add(test.add...); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, p.Changes, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestAddUnseen refuses a second change that starts from the file as it is, and would
// lose the first one.
func TestAddUnseen(t *testing.T) {
	m := newMachine(t, defaults, theirs)
	var p Plan
	err := p.Add(block(t, Now(m.fs), hiding, defaults, true), block(t, Now(m.fs), console, defaults, true))
	if changed := (*ChangedError)(nil); !errors.As(err, &changed) || changed.Path != defaults {
		t.Error(err)
	}
	if got := string(p.Changes[0].New.Content); got != theirs+line(hiding) {
		t.Errorf("%q", got)
	}
}

func TestDiff(t *testing.T) {
	for _, test := range []struct {
		name   string
		change Change
		want   string
	}{
		{"nothing", Change{Path: "/x", Old: file("a\n"), New: file("a\n")}, ""},
		{"a new file", Change{Path: "/x", New: file("a\n")}, "--- /dev/null\n+++ /x\n@@ -0,0 +1,1 @@\n+a\n"},
		{"another content", Change{Path: "/x", Old: file("a\nb\n"), New: file("a\n")}, "--- /x\n+++ /x\n@@ -1,2 +1,1 @@\n a\n-b\n"},
		{"an empty file goes", Change{Path: "/x", Old: file("")}, "--- /x\n+++ /dev/null\n"},
		{"a new link", Change{Path: "/x", New: State{Exists: true, Target: "y"}}, "link /x -> y\n"},
		{"a link goes", Change{Path: "/x", Old: State{Exists: true, Target: "y"}}, "remove link /x -> y\n"},
		{
			"permissions", Change{Path: "/x", Old: State{Exists: true, Mode: 0o644}, New: State{Exists: true, Mode: 0o755}},
			"chmod 755 /x\n",
		},
	} {
		if diff := cmp.Diff(test.want, test.change.Diff()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		p := Plan{Changes: []Change{test.change, test.change}}
		if p.Diff() != test.want+test.want {
			t.Errorf("%s: %q", test.name, p.Diff())
		}
	}
}
