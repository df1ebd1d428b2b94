package modprobe_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       []modprobe.Directive
	}{
		{"nothing", "", nil},
		{"comments", "# a\n\n#b \\\noptions a b\n \t\n", []modprobe.Directive{{}, {}, {}, {}}},
		{"options", "options xen-pciback hide=(00:09.0)\t(00:04.0)\n",
			[]modprobe.Directive{{Kind: modprobe.Options, Module: "xen_pciback", Text: "hide=(00:09.0) (00:04.0)"}}},
		{"carriage return", "options a b\r\nblacklist c\r\n",
			[]modprobe.Directive{{Kind: modprobe.Options, Module: "a", Text: "b\r"}, {Kind: modprobe.Blacklist, Module: "c\r"}}},
		{"continued", " options a \\\n  b=1\\\nc\nblacklist d",
			[]modprobe.Directive{{Kind: modprobe.Options, Module: "a", Text: "  b=1c"}, {Kind: modprobe.Blacklist, Module: "d"}}},
		{"not continued by a carriage return", "options a b\\\r\nblacklist d\n",
			[]modprobe.Directive{{Kind: modprobe.Options, Module: "a", Text: "b\r"}, {Kind: modprobe.Blacklist, Module: "d"}}},
		{"backslashes", `options a b\c\\d\`, []modprobe.Directive{{Kind: modprobe.Options, Module: "a", Text: "bc\\d\xff"}}},
		{"NUL", "options a b\x00c\n\x00options a b\n", []modprobe.Directive{{Kind: modprobe.Options, Module: "a", Text: "b"}, {}}},
		{"softdep", "softdep r8169 pre: xen-pciback realtek post: a b \n", []modprobe.Directive{{Kind: modprobe.Softdep, Module: "r8169",
			Text: "pre: xen-pciback realtek post: a b ", Pre: []string{"xen-pciback", "realtek"}, Post: []string{"a", "b"}}}},
		{"softdep after two blanks", "softdep e1000  pre: xen-pciback\n",
			[]modprobe.Directive{{Kind: modprobe.Softdep, Module: "e1000", Text: " pre: xen-pciback"}}},
		{"install", "install 3c59x /sbin/modprobe pciback ; x\n",
			[]modprobe.Directive{{Kind: modprobe.Install, Module: "3c59x", Text: "/sbin/modprobe pciback ; x"}}},
		{"the rest", "remove a-b c\nalias pci-[a-b] c-d e\nweakdep a b\n", []modprobe.Directive{
			{Kind: modprobe.Remove, Module: "a_b", Text: "c"}, {Kind: modprobe.Alias, Module: "c_d", Text: "pci_[a-b]"}, {Kind: modprobe.Weakdep, Module: "a", Text: "b"}}},
		{"passed over", "options a\nalias b\ninclude /x\nfoo bar\nblacklist\noptions a] b\ninstall a[ b\n  # c\n", []modprobe.Directive{
			{Kind: modprobe.Other, Text: "options a"}, {Kind: modprobe.Other, Text: "alias b"}, {Kind: modprobe.Other, Text: "include /x"},
			{Kind: modprobe.Other, Text: "foo bar"}, {Kind: modprobe.Other, Text: "blacklist"}, {Kind: modprobe.Other, Text: "options a] b"},
			{Kind: modprobe.Other, Text: "install a[ b"}, {Kind: modprobe.Other, Text: "  # c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := modprobe.Parse([]byte(tt.text))
			var got []modprobe.Directive
			for _, l := range f.Lines {
				got = append(got, l.Directive)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if string(f.Bytes()) != tt.text {
				t.Errorf("printed as %q", f.Bytes())
			}
		})
	}
}

func TestLineNumbers(t *testing.T) {
	f := modprobe.Parse([]byte("a\\\nb\n\nc\\\n\\\nd\ne"))
	var got []int
	for _, l := range f.Lines {
		got = append(got, l.Number)
	}
	if diff := cmp.Diff([]int{1, 3, 4, 7}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func apply(t *testing.T, f *modprobe.File, e edit.Edit) *modprobe.File {
	t.Helper()
	edited, err := e.Apply(f.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	back, err := e.Inverse().Apply(edited)
	if err != nil || string(back) != f.String() {
		t.Errorf("%q, edited and back, is %q, %v", f, back, err)
	}
	return modprobe.Parse(edited)
}

func TestEditsThatAreRefused(t *testing.T) {
	f := modprobe.Parse([]byte("options a b\n# c\n"))
	var noLine *modprobe.NoLineError
	var name *modprobe.NameError
	for _, number := range []int{-1, 0, 3} {
		if _, err := f.RemoveLine(number); !errors.As(err, &noLine) || noLine.Number != number {
			t.Errorf("line %d: %v", number, err)
		}
	}
	for _, value := range []string{"(a) (b)", "a\nb", `"a"`, `a\`, "'a'", "é", "a\x00", "#"} {
		if _, err := modprobe.OptionsLine("xen-pciback", "hide", value); !errors.As(err, &name) {
			t.Errorf("value %q: %v", value, err)
		}
	}
	for _, parameter := range []string{"", "a b", "a=b", "-a", `"`} {
		if _, err := modprobe.OptionsLine("xen-pciback", parameter, "x"); !errors.As(err, &name) {
			t.Errorf("parameter %q: %v", parameter, err)
		}
	}
	for _, text := range []string{"", " ", "a\nb", "a\\", "a\x00b", "a\r"} {
		if _, err := f.AddLine(text); !errors.As(err, &name) {
			t.Errorf("line %q: %v", text, err)
		}
	}
}

func TestAddAndRemoveLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"to nothing", "", "blacklist x\n"},
		{"to whole lines", "a\n", "a\nblacklist x\n"},
		{"to a line without an end", "a", "a\nblacklist x\n"},
		{"to a line that goes on", "a\\\n", "a\\\n\nblacklist x\n"},
		{"to a backslash", "a\\", "a\\\n\nblacklist x\n"},
		{"to two backslashes", "a\\\\", "a\\\\\nblacklist x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := modprobe.Parse([]byte(tt.text))
			e, err := f.AddLine("blacklist x")
			if err != nil {
				t.Fatal(err)
			}
			got := apply(t, f, e)
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			last := got.Lines[len(got.Lines)-1]
			if last.Directive.Kind != modprobe.Blacklist {
				t.Errorf("the last line is %+v", last)
			}
			e, err = got.RemoveLine(last.Number)
			if err != nil {
				t.Fatal(err)
			}
			if less := apply(t, got, e).String(); !strings.HasPrefix(less, tt.text) {
				t.Errorf("without the line: %q", less)
			}
		})
	}
}
