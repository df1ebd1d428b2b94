package grub

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseCommandLine(t *testing.T) {
	plain := cmpopts.IgnoreFields(Argument{}, "Start", "End")
	private := cmpopts.IgnoreUnexported(Argument{})
	for _, test := range []struct {
		name, text string
		want       []Argument
	}{
		{"nothing", "", nil},
		{"blanks", " \t\n", nil},
		{"words", " ro  quiet\t", []Argument{{Key: "ro"}, {Key: "quiet"}}},
		{"value", "root=UUID=6a0f", []Argument{{Key: "root", Value: "UUID=6a0f", HasValue: true}}},
		{"empty value", "hide= x", []Argument{{Key: "hide", HasValue: true}, {Key: "x"}}},
		{"equals in front", "=a=b =c", []Argument{{Key: "=a", Value: "b", HasValue: true}, {Key: "=c"}}},
		{"quoted value", `k="a b" c`, []Argument{{Key: "k", Value: "a b", HasValue: true}, {Key: "c"}}},
		{"quoted word", `"k=a b" c`, []Argument{{Key: "k", Value: "a b", HasValue: true}, {Key: "c"}}},
		{"quotes within", `k=a" "b`, []Argument{{Key: "k", Value: `a" "b`, HasValue: true}}},
		{"both quoted", `"k="a b"`, []Argument{{Key: "k", Value: "a", HasValue: true}, {Key: `b"`}}},
		{"not closed", `k="a b`, []Argument{{Key: "k", Value: "a b", HasValue: true}}},
		{"a quote alone", `"`, []Argument{{}}},
		{"dashes", "a -- b --", []Argument{{Key: "a"}, {Key: "--"}, {Key: "b", AfterDashes: true}, {Key: "--", AfterDashes: true}}},
		{"a blank of latin-1", "a\xa0b", []Argument{{Key: "a"}, {Key: "b"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := ParseCommandLine(test.text)
			if diff := cmp.Diff(test.want, c.Arguments(), plain, private); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			for _, a := range c.Arguments() {
				if word := test.text[a.Start:a.End]; !strings.Contains(word, a.Key) || !strings.Contains(word, a.Value) {
					t.Errorf("%q is not where %+v stands", word, a)
				}
			}
		})
	}
}

func TestSetKey(t *testing.T) {
	const list = "(0000:00:09.0)"
	for _, test := range []struct {
		name, text, want string
	}{
		{"empty", "", hideKey + "=" + list},
		{"at the end", "ro  quiet ", "ro  quiet " + hideKey + "=" + list + " "},
		{"before dashes", "ro -- s", "ro " + hideKey + "=" + list + " -- s"},
		{"dashes alone", "-- s", hideKey + "=" + list + " -- s"},
		{"in place", "ro xen-pciback.hide=(00:04.0) quiet", "ro " + hideKey + "=" + list + " quiet"},
		{"underscore", "xen_pciback.hide=(00:04.0)", hideKey + "=" + list},
		{"quoted", `a "xen-pciback.hide=(00:04.0) (00:05.0)" b`, "a " + hideKey + "=" + list + " b"},
		{"twice", "xen-pciback.hide=(a) x xen_pciback.hide=(b) y", "x " + hideKey + "=" + list + " y"},
		{"only behind dashes", "a -- xen-pciback.hide=(a) b", "a " + hideKey + "=" + list + " -- b"},
		{"a quote that does not end", `a b="c d`, "a " + hideKey + "=" + list + ` b="c d`},
		{"as it is", " ro  xen-pciback.hide=" + list, " ro  xen-pciback.hide=" + list},
		{"the old key stays", "pciback.hide=(00:04.0)", "pciback.hide=(00:04.0) " + hideKey + "=" + list},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseCommandLine(test.text).Apply(SetKey(hideKey, list))
			if err != nil || c.String() != test.want {
				t.Errorf("got %q (%v), want %q", c, err, test.want)
			}
			if value, _ := c.Value(hideKey); value != list || len(c.All(hideKey)) != 1 {
				t.Errorf("%q has the key %d times, with %q", c, len(c.All(hideKey)), value)
			}
		})
	}
	for _, bad := range [][2]string{{hideKey, "(a) (b)"}, {hideKey, "(\"a)"}, {hideKey, "$x"}, {"", "a"}, {"--", "a"}, {"a=b", "c"}, {hideKey, "(é)"}} {
		if c, err := ParseCommandLine("ro").Apply(SetKey(bad[0], bad[1])); err == nil {
			t.Errorf("%q was set: %q", bad, c)
		}
	}
}

func TestRemoveKey(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"ro  quiet", "ro  quiet"},
		{"ro xen-pciback.hide=(a) quiet", "ro quiet"},
		{"xen-pciback.hide=(a) quiet", "quiet"},
		{"xen-pciback.hide=(a) xen_pciback.hide=(b)", ""},
		{"ro  xen-pciback.hide=(a)\txen_pciback.hide=(b) x", "ro  x"},
		{"ro -- xen-pciback.hide=(a)", "ro --"},
	} {
		if c, err := ParseCommandLine(test.text).Apply(RemoveKey(hideKey)); err != nil || c.String() != test.want {
			t.Errorf("%q: got %q (%v), want %q", test.text, c, err, test.want)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	for _, seed := range []string{
		"", "ro  quiet", "xen-pciback.hide=(00:09.0) (00:04.0) x", `a="b c" -- "d`, "xen_pciback.hide=(a) xen-pciback.hide=(b)",
		"pciback.hide=( 00:09.0 ), (1:2.3)", "-- xen-pciback.hide=", "\"xen-pciback.hide=(a) (b)\"\xa0=\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := ParseCommandLine(text)
		end := 0
		for _, a := range c.Arguments() {
			if a.Start < end || a.End <= a.Start || strings.TrimLeft(text[end:a.Start], " \t\n\v\f\r\xa0") != "" {
				t.Fatalf("%q: %+v", text, a)
			}
			end = a.End
		}
		const list = "(0000:00:09.0)"
		set, err := c.Apply(SetKey(hideKey, list))
		if err != nil {
			t.Fatal(err)
		}
		if value, _ := set.Value(hideKey); value != list || len(set.All(hideKey)) != 1 {
			t.Errorf("%q became %q", text, set)
		}
		removed, err := set.Apply(RemoveKey(hideKey))
		if err != nil || len(removed.All(hideKey)) != 0 {
			t.Errorf("%q became %q: %v", set, removed, err)
		}
		if len(c.All(hideKey)) == 0 && removed.String() != text {
			t.Errorf("%q came back as %q", text, removed)
		}
	})
}
