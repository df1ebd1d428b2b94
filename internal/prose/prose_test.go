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

func TestFew(t *testing.T) {
	for want, items := range map[string][]string{
		"":                   nil,
		"a":                  {"a"},
		"a, b, c":            {"a", "b", "c"},
		"a, b, c and 1 more": {"a", "b", "c", "d"},
	} {
		if got := prose.Few(items, 3); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

func TestNear(t *testing.T) {
	for _, test := range []struct {
		a, b string
		most int
		want bool
	}{
		{"eth0", "eth0", 0, true}, {"eth0", "eth1", 1, true}, {"eth0", "etho", 1, true}, {"eth0", "teh0", 1, true},
		{"eth0", "eht1", 1, false}, {"eth0", "eth", 1, true}, {"eth0", "e", 2, false}, {"", "ab", 2, true}, {"", "abc", 2, false},
	} {
		if got := prose.Near(test.a, test.b, test.most); got != test.want {
			t.Errorf("%q, %q, %d: %v", test.a, test.b, test.most, got)
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
