package prose_test

import (
	"testing"

	"github.com/xenpci/xenpci/internal/prose"
)

func TestList(t *testing.T) {
	for want, items := range map[string][]string{
		"":                   nil,
		"a":                  {"a"},
		"a and b":            {"a", "b"},
		"a, b and c":         {"a", "b", "c"},
		"a, b, c and 2 more": {"a", "b", "c", "d", "e"},
		"a, b, c and 1 more": {"a", "b", "c", "d"},
	} {
		if got := prose.List(items); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for want, n := range map[string]int{"0 functions": 0, "1 function": 1, "2 functions": 2} {
		if got := prose.Count(n, "function", "functions"); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{"sda": "sda", "\x1b[2J": "\ufffd[2J", "a\xffb": "a\ufffdb", "grün": "grün"} {
		if got := prose.Printable(name); got != want {
			t.Errorf("%q: %q; want %q", name, got, want)
		}
	}
}
