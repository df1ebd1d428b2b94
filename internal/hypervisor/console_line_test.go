package hypervisor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	t.Parallel()
	type part struct {
		text string
		lost uint32
	}
	long := strings.Repeat("x", lineLimit)
	for _, test := range []struct {
		name  string
		parts []part
		want  []Line
	}{
		{"nothing", nil, nil},
		{"lines", []part{{"a\nb\n", 0}}, []Line{{Text: "a"}, {Text: "b"}}},
		{"empty lines", []part{{"\n\na\n", 0}}, []Line{{}, {}, {Text: "a"}}},
		{"a line in two parts", []part{{"a", 0}, {"b\n", 0}}, []Line{{Text: "ab"}}},
		{"the end of a line in a part of its own", []part{{"a", 0}, {"\nb\n", 0}}, []Line{{Text: "a"}, {Text: "b"}}},
		{"no end", []part{{"a\nb", 0}}, []Line{{Text: "a"}, {Text: "b"}}},
		{"a mark", []part{{"(XEN) Panic ", 0}, {"on CPU 0:\n", 0}}, []Line{{Text: "(XEN) Panic on CPU 0:", Mark: MarkPanic}}},
		{"the beginning is lost", []part{{"a\nb\n", 9}}, []Line{{Text: "a", Lost: 9, Cut: true}, {Text: "b"}}},
		{"something between is lost", []part{{"a\nb", 0}, {"c\nd\n", 9}}, []Line{{Text: "a"}, {Text: "b"}, {Text: "c", Lost: 9, Cut: true}, {Text: "d"}}},
		{"all is lost", []part{{"", 9}}, []Line{{Lost: 9, Cut: true}}},
		{"as long as a line may be", []part{{long + "\nb\n", 0}}, []Line{{Text: long}, {Text: "b"}}},
		{"too long a line", []part{{long + "yz\nb\n", 0}}, []Line{{Text: long}, {Text: "yz", Cut: true}, {Text: "b"}}},
		{"too long a line in two parts", []part{{long, 0}, {"y\nb\n", 0}}, []Line{{Text: long}, {Text: "y", Cut: true}, {Text: "b"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var lines Lines
			var got []Line
			for _, p := range test.parts {
				got = append(got, lines.Add([]byte(p.text), p.lost)...)
			}
			got = append(got, lines.Rest()...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzLines: lines that are put together again are what was added, wherever it was
// divided, and no line is longer than the limit.
func FuzzLines(f *testing.F) {
	f.Add("a\nb", 1)
	f.Add("(XEN) Panic on CPU 0:\n\n", 7)
	f.Add(strings.Repeat("x", 2*lineLimit+3)+"\n", lineLimit)
	f.Fuzz(func(t *testing.T, text string, at int) {
		at = max(0, min(at, len(text)))
		var lines Lines
		all := append(lines.Add([]byte(text[:at]), 0), lines.Add([]byte(text[at:]), 0)...)
		ended := len(all)
		all = append(all, lines.Rest()...)
		var again strings.Builder
		for i, l := range all {
			if len(l.Text) > lineLimit {
				t.Fatalf("a line of %d bytes", len(l.Text))
			}
			if i > 0 && !l.Cut {
				again.WriteByte('\n')
			}
			again.WriteString(l.Text)
		}
		if ended == len(all) && strings.HasSuffix(text, "\n") {
			again.WriteByte('\n')
		}
		if again.String() != text {
			t.Errorf("%q, want %q", again.String(), text)
		}
	})
}
