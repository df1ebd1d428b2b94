package fnmatch_test

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/fnmatch"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "/anything", true},
		{"a*b*c", "a/bb/c", true},
		{"a*b*c", "a/bb/d", false},
		{"a**c", "ac", true},
		{"?", "", false},
		{"?", "/", true},
		{"pci:v00008086d*sv*sd*bc02sc00i*", "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00", true},
		{"pci:v00008086d*sv*sd*bc02sc00i*", "pci:v00008086d00001521sv00008086sd00000001bc03sc00i00", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[!a-c]x", "dx", true},
		{"[^a-c]x", "bx", false},
		{"[]]", "]", true},
		{"[]-a]", "_", true},
		{"[a-]", "-", true},
		{"[c-a]", "b", false},
		{"[a-c-e]", "d", false},
		{"[a-c-e]", "-", true},
		{"[a-]x", "-x", true},
		{`[a\-c]`, "b", false},
		{"x[!]a]*", "xba", true},
		{"*[0-9][!0-9]", "a12b", true},
		{"[a", "[a", false},
		{"[", "[", false},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`[\]]`, "]", true},
		{`a\`, `a\`, false},
		{strings.Repeat("a", 100), strings.Repeat("a", 100), true},
		{strings.Repeat("a", 99) + "*", strings.Repeat("a", 100), false},
	} {
		if got := fnmatch.Match(test.pattern, test.s); got != test.want {
			t.Errorf("%q matches %q: want %v", test.pattern, test.s, test.want)
		}
	}
}

// The pattern language is that of package path where there are neither slashes
// nor other ways to write the same.
func FuzzMatch(f *testing.F) {
	f.Add("pci:v00008086d*sv*sd*bc02sc00i*", "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00")
	f.Add("a*[b-d]?", "axxbc")
	f.Add("[^a]*", "b")
	f.Add("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(s) > fnmatch.MaxText {
			return
		}
		got := fnmatch.Match(pattern, s)
		if strings.IndexFunc(pattern+s, func(r rune) bool { return r > 0x7e || r == '/' || r == '!' }) >= 0 {
			return
		}
		if want, err := path.Match(pattern, s); err == nil && got != want {
			t.Fatalf("%q matches %q: %v; path.Match says %v", pattern, s, got, want)
		}
		if strings.ContainsAny(pattern, `[\`) {
			return
		}
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		if want := regexp.MustCompile(`(?s)\A` + expression + `\z`).MatchString(s); got != want {
			t.Fatalf("%q matches %q: %v; %s says %v", pattern, s, got, expression, want)
		}
	})
}
