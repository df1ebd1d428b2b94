package grub

import (
	"errors"
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
		{"empty", "", HideKey + "=" + list},
		{"at the end", "ro  quiet ", "ro  quiet " + HideKey + "=" + list + " "},
		{"before dashes", "ro -- s", "ro " + HideKey + "=" + list + " -- s"},
		{"dashes alone", "-- s", HideKey + "=" + list + " -- s"},
		{"in place", "ro xen-pciback.hide=(00:04.0) quiet", "ro " + HideKey + "=" + list + " quiet"},
		{"underscore", "xen_pciback.hide=(00:04.0)", HideKey + "=" + list},
		{"quoted", `a "xen-pciback.hide=(00:04.0) (00:05.0)" b`, "a " + HideKey + "=" + list + " b"},
		{"twice", "xen-pciback.hide=(a) x xen_pciback.hide=(b) y", "x " + HideKey + "=" + list + " y"},
		{"only behind dashes", "a -- xen-pciback.hide=(a) b", "a " + HideKey + "=" + list + " -- b"},
		{"a quote that does not end", `a b="c d`, "a " + HideKey + "=" + list + ` b="c d`},
		{"as it is", " ro  xen-pciback.hide=" + list, " ro  xen-pciback.hide=" + list},
		{"the old key stays", "pciback.hide=(00:04.0)", "pciback.hide=(00:04.0) " + HideKey + "=" + list},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseCommandLine(test.text).Apply(SetKey(HideKey, list))
			if err != nil || c.String() != test.want {
				t.Errorf("got %q (%v), want %q", c, err, test.want)
			}
			if value, _ := c.Value(HideKey); value != list || len(c.All(HideKey)) != 1 {
				t.Errorf("%q has the key %d times, with %q", c, len(c.All(HideKey)), value)
			}
		})
	}
	for _, bad := range [][2]string{{HideKey, "(a) (b)"}, {HideKey, "(\"a)"}, {HideKey, "$x"}, {"", "a"}, {"--", "a"}, {"a=b", "c"}, {HideKey, "(é)"}} {
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
		if c, err := ParseCommandLine(test.text).Apply(RemoveKey(HideKey)); err != nil || c.String() != test.want {
			t.Errorf("%q: got %q (%v), want %q", test.text, c, err, test.want)
		}
	}
}

func TestRepair(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       HideList // with Problems without their places
		repaired   string   // "" for an error
	}{
		{"sound", "ro xen-pciback.hide=(00:09.0)(00:04.0) quiet",
			HideList{Effective: "(00:09.0)(00:04.0)", Meant: "(00:09.0)(00:04.0)"},
			"ro xen-pciback.hide=(00:09.0)(00:04.0) quiet"},
		{"sound in quotes", `xen-pciback.hide="(00:09.0) (00:04.0)" ro`,
			HideList{Effective: "(00:09.0) (00:04.0)", Meant: "(00:09.0)(00:04.0)"},
			`xen-pciback.hide="(00:09.0) (00:04.0)" ro`},
		{"as guides print it", "ro xen-pciback.hide=(00:09.0) (00:04.0) quiet",
			HideList{Effective: "(00:09.0)", Meant: "(00:09.0)(00:04.0)", Problems: []Problem{{Kind: Ripped, Text: "(00:04.0)"}}},
			"ro xen-pciback.hide=(00:09.0)(00:04.0) quiet"},
		{"three of them", "xen-pciback.hide= (00:09.0)  (00:04.0)(00:05.0) x",
			HideList{Meant: "(00:09.0)(00:04.0)(00:05.0)", Problems: []Problem{{Kind: Ripped, Text: "(00:09.0)  (00:04.0)(00:05.0)"}}},
			"xen-pciback.hide=(00:09.0)(00:04.0)(00:05.0) x"},
		{"torn within a group", "xen-pciback.hide=( 00:09.0 ) ro",
			HideList{Effective: "(", Meant: "(00:09.0)", Problems: []Problem{{Kind: Ripped, Text: "00:09.0 )"}, {Kind: Malformed, Text: "xen-pciback.hide=("}}},
			"xen-pciback.hide=(00:09.0) ro"},
		{"commas", "xen-pciback.hide=(00:09.0),(00:04.0)",
			HideList{Effective: "(00:09.0),(00:04.0)", Meant: "(00:09.0)(00:04.0)", Problems: []Problem{{Kind: Malformed, Text: "xen-pciback.hide=(00:09.0),(00:04.0)"}}},
			"xen-pciback.hide=(00:09.0)(00:04.0)"},
		{"doubled", "xen-pciback.hide=(00:09.0) ro xen_pciback.hide=(00:04.0)(0000:00:09.0)",
			HideList{Effective: "(00:04.0)(0000:00:09.0)", Meant: "(00:09.0)(00:04.0)",
				Problems: []Problem{{Kind: Doubled, Text: "xen-pciback.hide=(00:09.0)"}}},
			"ro xen-pciback.hide=(00:09.0)(00:04.0)"},
		{"the old key", "ro pciback.hide=(00:09.0) (00:04.0) quiet",
			HideList{Meant: "(00:09.0)(00:04.0)",
				Problems: []Problem{{Kind: OtherKey, Text: "pciback.hide=(00:09.0)"}, {Kind: Ripped, Text: "(00:04.0)"}}},
			"ro quiet xen-pciback.hide=(00:09.0)(00:04.0)"},
		{"behind dashes", "ro -- xen-pciback.hide=(00:09.0)",
			HideList{Effective: "(00:09.0)", Meant: "(00:09.0)", Problems: []Problem{{Kind: Unseen, Text: "xen-pciback.hide=(00:09.0)"}}},
			"ro xen-pciback.hide=(00:09.0) --"},
		{"no list", "xen-pciback.hide=00:09.0 ro",
			HideList{Effective: "00:09.0", Problems: []Problem{{Kind: Malformed, Text: "xen-pciback.hide=00:09.0"}}}, ""},
		{"no value", "xen-pciback.hide (00:09.0)",
			HideList{Problems: []Problem{{Kind: Malformed, Text: "xen-pciback.hide"}}}, ""},
		{"never closed", "xen-pciback.hide=(00:09.0 quiet",
			HideList{Effective: "(00:09.0", Problems: []Problem{{Kind: Malformed, Text: "xen-pciback.hide=(00:09.0"}}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := ParseCommandLine(test.text)
			got, ok := c.HideList(HideKey, OldHideKey)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Problem{}, "Start", "End")); diff != "" || !ok {
				t.Errorf("-want +got\n%s", diff)
			}
			for _, p := range got.Problems {
				if test.text[p.Start:p.End] != p.Text {
					t.Errorf("%+v is not there", p)
				}
			}
			value, repaired, err := c.Repair(HideKey, OldHideKey)
			if bad := (*ListError)(nil); (test.repaired == "") != errors.As(err, &bad) {
				t.Fatalf("Repair: %v", err)
			}
			if repaired.String() != test.repaired {
				t.Errorf("got %q, want %q", repaired, test.repaired)
			}
			if again, _ := repaired.HideList(HideKey, OldHideKey); err == nil && (len(again.Problems) > 0 || again.Effective != value) {
				t.Errorf("after the repair: %+v", again)
			}
		})
	}
	if _, ok := ParseCommandLine("ro quiet").HideList(HideKey); ok {
		t.Error("a list where there is none")
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
		set, err := c.Apply(SetKey(HideKey, list))
		if err != nil {
			t.Fatal(err)
		}
		if value, _ := set.Value(HideKey); value != list || len(set.All(HideKey)) != 1 {
			t.Errorf("%q became %q", text, set)
		}
		removed, err := set.Apply(RemoveKey(HideKey))
		if err != nil || len(removed.All(HideKey)) != 0 {
			t.Errorf("%q became %q: %v", set, removed, err)
		}
		if len(c.All(HideKey)) == 0 && removed.String() != text {
			t.Errorf("%q came back as %q", text, removed)
		}
		value, repaired, err := c.Repair(HideKey, OldHideKey)
		if err != nil {
			return
		}
		before, _ := c.HideList(HideKey, OldHideKey)
		after, _ := repaired.HideList(HideKey, OldHideKey)
		if len(after.Problems) > 0 || after.Meant != before.Meant || len(before.Problems) > 0 && value != before.Meant {
			t.Errorf("%q was repaired to %q: %+v", text, repaired, after)
		}
	})
}
