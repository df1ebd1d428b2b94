package kmod

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
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
	} {
		if g := newGlob(test.s); g.match(test.pattern) != test.want {
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
		if len(s) > maxModalias {
			return
		}
		g := newGlob(s)
		got := g.match(pattern)
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

// What an index gives is what a look at each of its lines gives.
func FuzzAliases(f *testing.F) {
	f.Add("alias pci:v00008086d00001521sv*sd*bc*sc*i* igb\nalias pci:v*d*sv*sd*bc02sc00i* any\n",
		"v00008086d00001521sv00008086sd00000001bc02sc00i00")
	f.Add("alias a-[a-c]* b-c\nalias * x\nalias", "a_b")
	f.Fuzz(func(t *testing.T, text, modalias string) {
		if modalias = busPrefix + modalias; len(modalias) > maxModalias {
			return
		}
		got := newTable(parseAliases(text)).modules(modalias)
		want := list(slices.Collect(parseAliases(text))).modules(modalias)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q: got %q; want %q", modalias, got, want)
		}
		for _, module := range got {
			if module == "" || strings.Contains(module, "-") {
				t.Fatalf("module %q", module)
			}
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add(config, "CONFIG_XEN")
	f.Add("CONFIG_A=y\n# CONFIG_A is not set\n", "CONFIG_A")
	f.Add("CONFIG_A=", "CONFIG_A")
	f.Fuzz(func(t *testing.T, text, name string) {
		value := parseConfig(text, name)
		if value != "" && !strings.Contains("\n"+text+"\n", "\n"+name+"="+value+"\n") {
			t.Fatalf("%s: %q is not in the file", name, value)
		}
		// The last line decides.
		if name != "" && !strings.ContainsAny(name, "\n=") {
			if got := parseConfig(text+"\n"+name+"=m\n", name); got != "m" {
				t.Fatalf("%s=m at the end gave %q", name, got)
			}
		}
	})
}

func FuzzModinfo(f *testing.F) {
	f.Add("ahci.license=GPL\x00ahci.alias=pci:v*d*sv*sd*bc01sc06i01*\x00")
	f.Add(".alias=\x00=\x00x.alias=[")
	f.Fuzz(func(t *testing.T, text string) {
		for a := range parseModinfo(text) {
			if strings.ContainsRune(a.pattern+a.module, 0) {
				t.Fatalf("%+v goes beyond its entry", a)
			}
		}
	})
}
