package block_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/pkg/edit"
)

func TestBlock(t *testing.T) {
	const lines = "options a b=1\nblacklist c\n# END xenpci\n"
	for _, test := range []struct{ name, text, want string }{
		{"in an empty file", "", "# BEGIN xenpci\n" + lines},
		{"behind whole lines", "x\n", "x\n# BEGIN xenpci\n" + lines},
		{"behind a line without an end", "x", "x\n# BEGIN xenpci (the newline above is xenpci's)\n" + lines},
		{"behind a carriage return", "x\r", "x\r\n# BEGIN xenpci (the newline above is xenpci's)\n" + lines},
		{"behind a joined line", "x\\\n", "x\\\n\n# BEGIN xenpci (the newline above is xenpci's)\n" + lines},
		{"behind a backslash", "x\\", "x\\\n\n# BEGIN xenpci (the two newlines above are xenpci's)\n" + lines},
		{"behind two backslashes", "x\\\\\n", "x\\\\\n# BEGIN xenpci\n" + lines},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, found, err := block.Hiding.Find([]byte(test.text)); found || err != nil {
				t.Fatalf("there is a block: %v", err)
			}
			with := set(t, []byte(test.text), "options a b=1", "blacklist c")
			if diff := cmp.Diff(test.want, string(with)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			b, found, err := block.Hiding.Find(with)
			if !found || err != nil || b.Text != "options a b=1\nblacklist c\n" {
				t.Errorf("block %+v, %v, %v", b, found, err)
			}
			for i, line := range strings.Split(string(with), "\n") {
				if got := b.Has(i + 1); got != (line == "options a b=1" || line == "blacklist c") {
					t.Errorf("has %q: %v", line, got)
				}
			}
			other := set(t, with, "blacklist d")
			if diff := cmp.Diff(test.text, string(remove(t, other))); diff != "" {
				t.Errorf("replaced and removed: -want +got:\n%s", diff)
			}
		})
	}
}

func set(t *testing.T, text []byte, lines ...string) []byte {
	t.Helper()
	e, err := block.Hiding.Set(text, lines)
	return apply(t, text, e, err)
}

func remove(t *testing.T, text []byte) []byte {
	t.Helper()
	e, err := block.Hiding.Remove(text)
	return apply(t, text, e, err)
}

func apply(t *testing.T, text []byte, e edit.Edit, err error) []byte {
	t.Helper()
	if err == nil {
		text, err = e.Apply(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestLinesBehind adds a line below the block: it must not join the one above.
func TestLinesBehind(t *testing.T) {
	text := append(set(t, []byte("a"), "b"), "c\n"...)
	if got := remove(t, set(t, text, "d")); string(got) != "a\nc\n" {
		t.Errorf("got %q", got)
	}
}

// TestLineEnds has an editor change all line ends: it stays the block.
func TestLineEnds(t *testing.T) {
	for _, before := range []string{"a", "a\n"} {
		text := bytes.ReplaceAll(set(t, []byte(before), "b"), []byte("\n"), []byte("\r\n"))
		text = set(t, text, "c")
		if b, _, err := block.Hiding.Find(text); err != nil || b.Text != "c\n" {
			t.Errorf("%q: %+v, %v", text, b, err)
		}
		if got := bytes.ReplaceAll(remove(t, text), []byte("\r\n"), []byte("\n")); string(got) != before {
			t.Errorf("got %q, want %q", got, before)
		}
	}
}

func TestMoved(t *testing.T) {
	with := string(set(t, []byte("a"), "b"))
	_, moved, _ := strings.Cut(with, "\n")
	if got := remove(t, []byte(moved)); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestDamaged(t *testing.T) {
	for text, line := range map[string]int{
		"a\n# BEGIN xenpci\n": 2, "# END xenpci\n": 1, "# BEGIN xenpci\n# BEGIN xenpci\n# END xenpci\n": 2,
		"# BEGIN xenpci\n# END xenpci\n# BEGIN xenpci\n# END xenpci\n": 3, "# BEGIN xenpci\n# END xenpci\r\n# END xenpci\n": 3,
	} {
		var damaged *block.Error
		if _, err := block.Hiding.Set([]byte(text), nil); !errors.As(err, &damaged) || damaged.Line != line {
			t.Errorf("%q: set: %v", text, err)
		}
		if _, err := block.Hiding.Remove([]byte(text)); !errors.As(err, &damaged) || damaged.Line != line {
			t.Errorf("%q: remove: %v", text, err)
		}
		if _, _, err := block.Hiding.Find([]byte(text)); !errors.As(err, &damaged) || damaged.Line != line {
			t.Errorf("%q: find: %v", text, err)
		}
	}
}

func FuzzBlock(f *testing.F) {
	for _, seed := range []string{"", "a", "a\\", "a\\\n", "a\r\n", "# BEGIN xenpci\nb\n# END xenpci\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, found, err := block.Hiding.Find(text); found || err != nil {
			return
		}
		with := set(t, set(t, text, "a", "b"), "c")
		if got := remove(t, with); !bytes.Equal(got, text) {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}

// TestKinds sets blocks of all kinds in each order in one text, and removes them in each order: the
// text is what it was.
func TestKinds(t *testing.T) {
	kinds := []block.Kind{block.Hiding, block.Words, block.Console}
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, text := range []string{"", "x\n", "x", "x\r", "x\\", "x\\\n"} {
		for _, set := range orders {
			for _, remove := range orders {
				now := []byte(text)
				for _, i := range set {
					e, err := kinds[i].Set(now, []string{"a=1"})
					now = apply(t, now, e, err)
				}
				for _, i := range remove {
					e, err := kinds[i].Remove(now)
					now = apply(t, now, e, err)
				}
				if string(now) != text {
					t.Errorf("%q, set in the order %v and removed in the order %v, became %q", text, set, remove, now)
				}
			}
		}
	}
}
