package modprobe_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// options gives the settings of the options lines in a text, through a
// configuration of one file.
func options(t *testing.T, text, module string) modprobe.ModuleOptions {
	t.Helper()
	root := t.TempDir()
	put(t, root, "/etc/modprobe.d/a.conf", text)
	return modprobe.Read(modprobe.System{Root: root}).Options(module)
}

func TestSetParameter(t *testing.T) {
	const hide = "(0000:00:09.0)"
	tests := []struct{ name, text, want string }{
		{"replaced", "options xen-pciback hide=(00:04.0)\n", "options xen-pciback hide=(0000:00:09.0)\n"},
		{"among others", "options xen_pciback a=1\thide=(00:04.0)   b=2 # c", "options xen_pciback a=1\thide=(0000:00:09.0)   b=2 # c"},
		{"quoted", `options xen-pciback "hide=(00:04.0) (00:05.0)" b`, `options xen-pciback hide=(0000:00:09.0) b`},
		{"twice", "options xen-pciback hide=(a) b hide=(c)\r\n", "options xen-pciback hide=(0000:00:09.0) b\r\n"},
		{"thrice", "options xen-pciback hide=(a) hide=(b) hide=(c) d", "options xen-pciback hide=(0000:00:09.0) d"},
		{"absent", "options xen-pciback permissive=1 \\\n\n", "options xen-pciback permissive=1 hide=(0000:00:09.0) \\\n\n"},
		{"continued", "options xen-pciback \\\n  hide=(00:04\\\n.0) \\\n  b=1\n", "options xen-pciback \\\n  hide=(0000:00:09.0) \\\n  b=1\n"},
		{"directly continued", "options xen-pciback \\\nhide=(a)\n", "options xen-pciback \\\nhide=(0000:00:09.0)\n"},
		{"escaped", `options xen-pciback \h\ide=(a) c`, `options xen-pciback hide=(0000:00:09.0) c`},
		{"after an open quote", `options xen-pciback a="b c`, `options xen-pciback hide=(0000:00:09.0) a="b c`},
		{"in an open quote", `options xen-pciback hide="(a) c`, `options xen-pciback hide=(0000:00:09.0) `},
		{"behind the end of options", "options xen-pciback a -- hide=(a) b", "options xen-pciback hide=(0000:00:09.0) a -- b"},
		{"without words", "options xen-pciback \v\n", "options xen-pciback hide=(0000:00:09.0)\v\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := modprobe.Parse([]byte(tt.text))
			e, err := f.SetParameter(1, "hide", hide)
			if err != nil {
				t.Fatal(err)
			}
			got := apply(t, f, e)
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			o := options(t, got.String(), "xen-pciback")
			if p := o.Parameter("hide"); p == nil || p.Wins.Value != hide || p.Loses != nil {
				t.Errorf("the kernel gets %+v", p)
			}
		})
	}
}

func TestRemoveParameter(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"the only one", "# a\noptions xen-pciback hide=(a) hide=(b)\nb\n", "# a\nb\n"},
		{"the first", "# a\noptions xen-pciback hide=(a)\vb=1 c\n", "# a\noptions xen-pciback b=1 c\n"},
		{"the last", "# a\noptions xen-pciback b=1  hide=(a)\r\n", "# a\noptions xen-pciback b=1\r\n"},
		{"each", "# a\noptions xen-pciback hi-de=0 hide=(a) b hide c hide=\n", "# a\noptions xen-pciback hi-de=0 b c\n"},
		{"none", "# a\noptions xen-pciback b\n", "# a\noptions xen-pciback b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := modprobe.Parse([]byte(tt.text))
			e, err := f.RemoveParameter(2, "hide")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, apply(t, f, e).String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func apply(t *testing.T, f *modprobe.File, e modprobe.Edit) *modprobe.File {
	t.Helper()
	edited, err := f.Apply(e)
	if err != nil {
		t.Fatal(err)
	}
	back, err := edited.Apply(e.Inverse())
	if err != nil || back.String() != f.String() {
		t.Errorf("%q, edited and back, is %q, %v", f, back, err)
	}
	return edited
}

func TestEditsThatAreRefused(t *testing.T) {
	f := modprobe.Parse([]byte("options a b\n# c\n"))
	var noLine *modprobe.NoLineError
	var name *modprobe.NameError
	var edit *modprobe.EditError
	for _, number := range []int{0, 2, 3} {
		if _, err := f.SetParameter(number, "hide", "x"); !errors.As(err, &noLine) {
			t.Errorf("line %d: %v", number, err)
		}
		if _, err := f.RemoveParameter(number, "hide"); !errors.As(err, &noLine) {
			t.Errorf("line %d: %v", number, err)
		}
	}
	if _, err := f.RemoveLine(3); !errors.As(err, &noLine) {
		t.Error(err)
	}
	for _, value := range []string{"(a) (b)", "a\nb", `"a"`, `a\`, "'a'", "é", "a\x00", "#"} {
		if _, err := f.SetParameter(1, "hide", value); !errors.As(err, &name) {
			t.Errorf("value %q: %v", value, err)
		}
		if _, err := modprobe.OptionsLine("xen-pciback", "hide", value); !errors.As(err, &name) {
			t.Errorf("value %q: %v", value, err)
		}
	}
	for _, parameter := range []string{"", "a b", "a=b", "-a", `"`} {
		if _, err := f.SetParameter(1, parameter, "x"); !errors.As(err, &name) {
			t.Errorf("parameter %q: %v", parameter, err)
		}
	}
	for _, text := range []string{"", " ", "a\nb", "a\\", "a\x00b", "a\r"} {
		if _, err := f.AddLine(text); !errors.As(err, &name) {
			t.Errorf("line %q: %v", text, err)
		}
	}
	for _, e := range []modprobe.Edit{{Offset: -1}, {Offset: 99}, {Offset: 1, Old: "options"}} {
		if _, err := f.Apply(e); !errors.As(err, &edit) {
			t.Errorf("edit %+v: %v", e, err)
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
