package grub

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRewrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line string
		words      []string
		want       string
	}{
		{"nothing", "a  b", []string{"a", "b"}, "a  b"},
		{"a word at the end", "a  b ", []string{"a", "b", "c"}, "a  b c "},
		{"a word in between", "a  b", []string{"a", "c", "b"}, "a c  b"},
		{"a word at the beginning", "  b", []string{"a", "b"}, "  a b"},
		{"an empty line", "", []string{"a", "b"}, "a b"},
		{"another word", "a  b\tc", []string{"a", "x", "c"}, "a  x\tc"},
		{"a word less", "a  b c", []string{"a", "c"}, "a  c"},
		{"the first word less", "a  b", []string{"b"}, " b"},
		{"no word", "a  b", nil, ""},
		{"a word that moves", "a b c", []string{"c", "a", "b"}, "c a b"},
		{"quotes stay", `a x="1 2" b`, []string{"a", `x="1 2"`, "c"}, `a x="1 2" c`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			line := ParseCommandLine(test.line)
			got, err := line.Apply(Rewrite(func([]string) ([]string, error) { return test.words, nil }))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRewriteFile leaves the file alone that a line begins with.
func TestRewriteFile(t *testing.T) {
	t.Parallel()
	got, err := ParseFileLine("/boot/xen.gz  a").Apply(Rewrite(func(words []string) ([]string, error) {
		if !slices.Equal(words, []string{"a"}) {
			t.Errorf("%q", words)
		}
		return []string{"b", "c"}, nil
	}))
	if err != nil || got.String() != "/boot/xen.gz  b c" {
		t.Errorf("%q, %v", got, err)
	}
	refused := errors.New("refused")
	if _, err := ParseFileLine("a").Apply(Rewrite(func([]string) ([]string, error) { return nil, refused })); !errors.Is(err, refused) {
		t.Error(err)
	}
	if _, err := ParseCommandLine(strings.Repeat("a ", maxRewritten+1)).Apply(Rewrite(func(words []string) ([]string, error) { return words, nil })); err == nil {
		t.Error("a line without bound was rewritten")
	}
}

// TestEditXen edits the arguments of the hypervisor, and no other byte.
func TestEditXen(t *testing.T) {
	t.Parallel()
	add := Rewrite(func(words []string) ([]string, error) { return append(words, "smt=off"), nil })
	const menu = "title Xen\n\tkernel --no-mem-option /xen.gz  loglvl=all\n\tmodule /vmlinuz-6 ro\n"
	e, err := ParseMenuList([]byte(menu)).EditXen(0, add)
	if got, applied := e.Apply([]byte(menu)); err != nil || applied != nil || string(got) != strings.Replace(menu, "all", "all smt=off", 1) {
		t.Errorf("%q, %v, %v", got, err, applied)
	}
	const config = "menuentry 'Xen' {\n\tmultiboot2 /xen.gz  placeholder 'loglvl=all' # x\n\tmodule2 /vmlinuz-6 ro\n}\n"
	c, err := ParseConfig([]byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err = c.EditXen(c.XenEntries()[0], add)
	if got, applied := e.Apply([]byte(config)); err != nil || applied != nil || string(got) != strings.Replace(config, "all'", "all' smt=off", 1) {
		t.Errorf("%q, %v, %v", got, err, applied)
	}
	const linux = "menuentry 'Linux' {\n\tlinux /vmlinuz-6 ro\n}\n"
	c, err = ParseConfig([]byte(linux), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.EditXen(c.Entries[0], add); err == nil {
		t.Error("an entry without Xen was edited")
	}
	if _, err := ParseMenuList([]byte(menu)).EditXen(1, add); err == nil {
		t.Error("a stanza that is not there was edited")
	}
}

// TestSettingLines has the shell's lines by which settings get words.
func TestSettingLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, before, line, want string }{
		{"append", CmdlineXen + "=\"a b\"\n", mustAppend(t, CmdlineXen, "", "c"), "a b c"},
		{"append to a fallback", CmdlineLinuxDefault + "=quiet\n", mustAppend(t, XenReplaceDefault, CmdlineLinuxDefault, "c"), "quiet c"},
		{"append past a fallback", CmdlineLinuxDefault + "=quiet\n" + XenReplaceDefault + "=x\n", mustAppend(t, XenReplaceDefault, CmdlineLinuxDefault, "c"), "x c"},
		{"replace", CmdlineXen + "=\"a b\"\n", ReplaceLine(CmdlineXen, []string{"a", `x="$1 2"`}), `a x="$1 2"`},
		{"nothing", CmdlineXen + "=\"a b\"\n", ReplaceLine(CmdlineXen, nil), " "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			name, _, _ := strings.Cut(test.line, "=")
			got, err := Read(ParseDefaults("/x", []byte(test.before+test.line+"\n"))).Get(name)
			if err != nil || got.Value != test.want {
				t.Errorf("%q, %v; want %q", got.Value, err, test.want)
			}
		})
	}
	for _, word := range []string{"a;b", `a"b`, "a b", "--", "---", "", "=x", "a$b"} {
		if _, err := AppendLine(CmdlineXen, "", []string{word}); err == nil {
			t.Errorf("%q was written", word)
		}
	}
}

func mustAppend(t *testing.T, name, fallback, word string) string {
	t.Helper()
	line, err := AppendLine(name, fallback, []string{word})
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// FuzzRewrite makes words others, and the same again: the line has them, and no byte between words
// that stay is lost.
func FuzzRewrite(f *testing.F) {
	f.Add("a  b c", "a c d")
	f.Add(`x="1 2" --  y`, "y")
	f.Fuzz(func(t *testing.T, text, words string) {
		line, want := ParseCommandLine(text), strings.Fields(words)
		if strings.Contains(text+words, `"`) && text != words || len(text)+len(words) > 512 {
			return // a quote joins words
		}
		to := func(words []string) Operation {
			return Rewrite(func([]string) ([]string, error) { return words, nil })
		}
		got, err := line.Apply(to(want))
		if err != nil {
			t.Fatal(err)
		}
		if have := got.words(); text != words && !slices.Equal(have, ParseCommandLine(strings.Join(want, " ")).words()) {
			t.Errorf("%q became %q, which is not %q", text, got, want)
		}
		same, err := line.Apply(to(line.words()))
		if err != nil || same.String() != text {
			t.Errorf("%q became %q: %v", text, same, err)
		}
		if added, err := line.Apply(to(append(line.words(), "new"))); err != nil || len(line.words()) > 0 {
			back, backErr := added.Apply(to(line.words()))
			if err != nil || backErr != nil || back.String() != text {
				t.Errorf("%q became %q and then %q: %v, %v", text, added, back, err, backErr)
			}
		}
	})
}
