package pciback_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestReadHideList(t *testing.T) {
	nine, four, five := pciback.HideGroup{Slot: 9}, pciback.HideGroup{Slot: 4}, pciback.HideGroup{Slot: 5}
	misspelt := func(text string) pciback.HideProblem {
		return pciback.HideProblem{Kind: pciback.HideMisspelt, Text: text, Right: "xen-pciback.hide=(0000:00:09.0)"}
	}
	problem := func(kind pciback.HideProblemKind, text string) pciback.HideProblem {
		return pciback.HideProblem{Kind: kind, Text: text}
	}
	for _, test := range []struct {
		name, text string
		want       pciback.HideList // with Problems without their places and causes
	}{
		{"sound", "ro xen-pciback.hide=(00:09.0)(00:04.0) quiet",
			pciback.HideList{Effective: "(00:09.0)(00:04.0)", Meant: pciback.Hide{nine, four}}},
		{"sound in quotes", `xen-pciback.hide="(00:09.0) (00:04.0)" ro`,
			pciback.HideList{Effective: "(00:09.0) (00:04.0)", Meant: pciback.Hide{nine, four}}},
		{"as guides print it", "ro xen-pciback.hide=(00:09.0) (00:04.0) quiet",
			pciback.HideList{Effective: "(00:09.0)", Meant: pciback.Hide{nine, four}, Problems: []pciback.HideProblem{problem(pciback.HideBlank, "(00:04.0)")}}},
		{"three of them", "xen-pciback.hide= (00:09.0)  (00:04.0)(00:05.0) x",
			pciback.HideList{Meant: pciback.Hide{nine, four, five}, Problems: []pciback.HideProblem{problem(pciback.HideBlank, "(00:09.0)  (00:04.0)(00:05.0)")}}},
		{"torn within a group", "xen-pciback.hide=( 00:09.0 ) ro",
			pciback.HideList{Effective: "(", Meant: pciback.Hide{nine},
				Problems: []pciback.HideProblem{problem(pciback.HideBlank, "00:09.0 )"), problem(pciback.HideMalformed, "xen-pciback.hide=(")}}},
		{"commas", "xen-pciback.hide=(00:09.0),(00:04.0)",
			pciback.HideList{Effective: "(00:09.0),(00:04.0)", Meant: pciback.Hide{nine, four},
				Problems: []pciback.HideProblem{problem(pciback.HideMalformed, "xen-pciback.hide=(00:09.0),(00:04.0)")}}},
		{"twice", "xen-pciback.hide=(00:09.0) ro xen_pciback.hide=(00:04.0)(0000:00:09.0)",
			pciback.HideList{Effective: "(00:04.0)(0000:00:09.0)", Meant: pciback.Hide{nine, four},
				Problems: []pciback.HideProblem{problem(pciback.HideRepeated, "xen-pciback.hide=(00:09.0)")}}},
		{"the old key", "ro pciback.hide=(00:09.0) (00:04.0) quiet",
			pciback.HideList{Meant: pciback.Hide{nine, four},
				Problems: []pciback.HideProblem{problem(pciback.HideOtherKey, "pciback.hide=(00:09.0)"), problem(pciback.HideBlank, "(00:04.0)")}}},
		{"behind dashes", "ro -- xen-pciback.hide=(00:09.0)",
			pciback.HideList{Effective: "(00:09.0)", Meant: pciback.Hide{nine},
				Problems: []pciback.HideProblem{problem(pciback.HideAfterDashes, "xen-pciback.hide=(00:09.0)")}}},
		{"no parentheses", "xen-pciback.hide=00:09.0 ro",
			pciback.HideList{Effective: "00:09.0", Meant: pciback.Hide{nine}, Problems: []pciback.HideProblem{problem(pciback.HideMalformed, "xen-pciback.hide=00:09.0")}}},
		{"no value", "xen-pciback.hide (00:09.0)",
			pciback.HideList{Meant: pciback.Hide{nine}, Problems: []pciback.HideProblem{misspelt("xen-pciback.hide (00:09.0)")}}},
		{"no value and no device", "xen-pciback.hide ro",
			pciback.HideList{Problems: []pciback.HideProblem{problem(pciback.HideMalformed, "xen-pciback.hide")}}},
		{"misspelt beside the right one", "xen-pciback,hide=(00:09.0) (00:05.0) xen-pciback.hide=(00:04.0)",
			pciback.HideList{Effective: "(00:04.0)", Meant: pciback.Hide{nine, five, four}, Problems: []pciback.HideProblem{
				{Kind: pciback.HideMisspelt, Text: "xen-pciback,hide=(00:09.0) (00:05.0)", Right: "xen-pciback.hide=(0000:00:09.0)(0000:00:05.0)"}}}},
		{"never closed", "xen-pciback.hide=(00:09.0 quiet",
			pciback.HideList{Effective: "(00:09.0", Meant: pciback.Hide{nine}, Problems: []pciback.HideProblem{problem(pciback.HideMalformed, "xen-pciback.hide=(00:09.0")}}},
		{"no device", "xen-pciback.hide=(e1000) ro",
			pciback.HideList{Effective: "(e1000)", Unclear: []string{"e1000"}, Problems: []pciback.HideProblem{problem(pciback.HideMalformed, "xen-pciback.hide=(e1000)")}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := pciback.ReadHideList(grub.ParseCommandLine(test.text), pciback.HideKey, pciback.OldHideKey)
			ok = ok || slices.ContainsFunc(got.Problems, func(p pciback.HideProblem) bool { return p.Kind == pciback.HideMisspelt })
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(pciback.HideProblem{}, "Start", "End", "Err")); diff != "" || !ok {
				t.Errorf("-want +got\n%s", diff)
			}
			for _, p := range got.Problems {
				if test.text[p.Start:p.End] != p.Text {
					t.Errorf("%+v is not there", p)
				}
				if (p.Err != nil) != (p.Kind == pciback.HideMalformed) {
					t.Errorf("%+v: %v", p, p.Err)
				}
			}
		})
	}
	if _, ok := pciback.ReadHideList(grub.ParseCommandLine("ro quiet"), pciback.HideKey); ok {
		t.Error("a list where there is none")
	}
}

// FuzzReadHideList wants of a list that pciback takes that all of it was meant.
func FuzzReadHideList(f *testing.F) {
	for _, seed := range []string{
		"", "ro  quiet", "xen-pciback.hide=(00:09.0) (00:04.0) x", "xen_pciback.hide=(a) xen-pciback.hide=(b)",
		"pciback.hide=( 00:09.0 ), (1:2.3)", "-- xen-pciback.hide=", "\"xen-pciback.hide=(a) (b)\"\xa0=\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, ok := pciback.ReadHideList(grub.ParseCommandLine(text), pciback.HideKey, pciback.OldHideKey)
		for _, p := range list.Problems {
			if !ok && p.Kind != pciback.HideMisspelt || text[p.Start:p.End] != p.Text {
				t.Fatalf("%q: %+v", text, p)
			}
		}
		effective, err := pciback.ParseHide(list.Effective)
		if err != nil || len(list.Unclear) > 0 {
			return
		}
		for _, g := range effective {
			if !slices.Contains(list.Meant, g) {
				t.Errorf("%q: pciback gets %s, and %s was meant", text, g, list.Meant)
			}
		}
	})
}

// FuzzParseHideLenient wants each group once, and all that pciback takes.
func FuzzParseHideLenient(f *testing.F) {
	for _, seed := range []string{"(00:09.0)(00:04.0)", "00:09.0, 0000:00:04.0", "(00:*.*);x", "( 0x0:9.0)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hide, unclear := pciback.ParseHideLenient(text)
		again, none := pciback.ParseHideLenient(hide.String())
		if diff := cmp.Diff(hide, again, cmpopts.EquateEmpty()); diff != "" || len(none) > 0 {
			t.Fatalf("%q: %s, read again: %s %q", text, hide, again, none)
		}
		for _, word := range unclear {
			if !strings.Contains(text, word) {
				t.Fatalf("%q is not in %q", word, text)
			}
		}
	})
}
