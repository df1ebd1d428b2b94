package grub

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/edit"
)

// source has a shell source files, with only what grub-mkconfig gives them, and
// returns the variables.
func source(t testing.TB, files [][]byte, names []string) map[string]string {
	t.Helper()
	dash, err := exec.LookPath("dash")
	if err != nil {
		t.Skip("dash is not installed (Debian: apt install dash)")
	}
	dir := t.TempDir()
	script := "grub_warn () { :; }\ngettext () { printf '%s' \"$@\"; }\n"
	for i, data := range files {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		script += ". " + name + " >/dev/null\n"
	}
	for _, name := range names {
		script += `printf '%s=%s\0' ` + name + ` "$` + name + "\"\n"
	}
	command := exec.Command(dash, "-c", script)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%q: %v", files, err)
	}
	values := map[string]string{}
	for _, line := range strings.Split(string(out), "\x00") {
		if name, value, ok := strings.Cut(line, "="); ok {
			values[name] = value
		}
	}
	return values
}

// compare holds what is understood of files to what a shell makes of them, and
// returns the names that are not understood.
func compare(t testing.TB, files ...[]byte) (s Settings, doubtful []string) {
	t.Helper()
	var parsed []*Defaults
	for i, data := range files {
		parsed = append(parsed, ParseDefaults(fmt.Sprint("file", i), data))
	}
	s = Read(parsed...)
	names := append(settingNames[:], "A", "B", "C")
	for name, want := range source(t, files, names) {
		got, err := s.Get(name)
		if err != nil {
			if bad := (*NotUnderstoodError)(nil); !errors.As(err, &bad) || bad.Line < 1 {
				t.Errorf("%s: %v", name, err)
			}
			doubtful = append(doubtful, name)
		} else if got.Value != want {
			t.Errorf("%q: %s is %q, and for a shell %q", files, name, got.Value, want)
		}
	}
	return s, doubtful
}

func TestDefaultsAsShell(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Setting // of A, without its file
		unknown    bool
	}{
		{"nothing", "# A=1\n", Setting{}, false},
		{"bare", "A=quiet", Setting{Value: "quiet", Set: true, Line: 1}, false},
		{"empty", "\nA=\n", Setting{Set: true, Line: 2}, false},
		{"double quotes", `A="a \"b\" \$c \\ \d 'e'"`, Setting{Value: `a "b" $c \ \d 'e'`, Set: true, Line: 1}, false},
		{"single quotes", `A='a "b" \$c $d'`, Setting{Value: `a "b" \$c $d`, Set: true, Line: 1}, false},
		{"mixed", `A=a'b c'"d e"\ f#g`, Setting{Value: "ab cd e f#g", Set: true, Line: 1}, false},
		{"a comment behind", "A=a # b", Setting{Value: "a", Set: true, Line: 1}, false},
		{"joined lines", "A=\"a \\\n b\" \\\n\nB=1\nA=\\\nx", Setting{Value: "x", Set: true, Line: 5}, false},
		{"two lines in quotes", "A='a\nb'\nC=1", Setting{Value: "a\nb", Set: true, Line: 1}, false},
		{"a backslash and CRLF", "A=a\r\n", Setting{Value: "a\r", Set: true, Line: 1}, false},
		{"exported", "export A=\"a b\" B\nexport C", Setting{Value: "a b", Set: true, Line: 1}, false},
		{"several", "B=b A=a; C=c", Setting{Value: "a", Set: true, Line: 1}, false},
		{"again", "A=a\nA=\"$A b\"\n", Setting{Value: "a b", Set: true, Line: 2}, false},
		{"of another", "B='x y'\nA=\"${B}z\"$B\n", Setting{Value: "x yzx y", Set: true, Line: 2}, false},
		{"a setting that is not there", `A="$GRUB_CMDLINE_LINUX-"`, Setting{Value: "-", Set: true, Line: 1}, false},
		{"a fallback", "B=\nA=\"${B:-$GRUB_CMDLINE_XEN b} ${B-c} ${GRUB_CMDLINE_XEN-d}\"", Setting{Value: " b  d", Set: true, Line: 2}, false},
		{"no fallback needed", "B=x\nA=${B:-y}", Setting{Value: "x", Set: true, Line: 2}, false},
		{"a dollar alone", `A="$ $." B=$`, Setting{Value: "$ $.", Set: true, Line: 1}, false},
		{"harmless commands", "A=a\necho \"hello $A\" >&2 2>/dev/null\n[ \"$B\" ]||:\nprintf '%s' x >/dev/null\n", Setting{Value: "a", Set: true, Line: 1}, false},
		{"a name that is not set here", `A="$HOME"`, Setting{Set: true, Line: 1}, true},
		{"a command's output", "B=1 A=`echo a`", Setting{Set: true, Line: 1}, true},
		{"a command's output too", "A=\"$(printf \"%s)\" \"x)\")\"", Setting{Set: true, Line: 1}, true},
		{"another form", "B=abc A=${B%c}", Setting{Set: true, Line: 1}, true},
		{"quotes in a fallback", `A="${B:-"x"}"`, Setting{Set: true, Line: 1}, true},
		{"arithmetic", "A=$((1 + (2)))", Setting{Set: true, Line: 1}, true},
		{"home", "A=~", Setting{Set: true, Line: 1}, true},
		{"set by an expansion", "A=\nB=${A:=x}", Setting{}, true},
		{"set by an expansion, where it is not set", "B=${A=x}", Setting{}, true},
		{"set by arithmetic", "B=$((A=1))", Setting{}, true},
		{"under a condition", "if [ \"$B\" = \"\" ]; then\n\tA=a\nfi", Setting{Set: true, Line: 2}, true},
		{"then in the same line", "if true; then A=a; else A=b; fi; C=c", Setting{Set: true, Line: 1}, true},
		{"before a condition", "A=a\nif false; then B=b; fi", Setting{Value: "a", Set: true, Line: 1}, false},
		{"behind a condition", "if false; then A=b; fi\nA=a", Setting{Value: "a", Set: true, Line: 2}, false},
		{"and", "true && A=a", Setting{Set: true, Line: 1}, true},
		{"or", "[ \"$B\" ] ||\n A=a\nB=1", Setting{Set: true, Line: 2}, true},
		{"in a pipe", "A=a | true", Setting{Set: true, Line: 1}, true},
		{"unset", "A=a\nunset A", Setting{}, true},
		{"eval", "A=a; eval 'A=b'", Setting{}, true},
		{"behind eval", "eval 'A=b'; A=a", Setting{Value: "a", Set: true, Line: 1}, false},
		{"before a command", "A=a :", Setting{}, true},
		{"a loop", "A=a\nfor A in b c; do :; done", Setting{}, true},
		{"a case", "A=a\ncase $B in *) A=b;; esac", Setting{}, true},
		{"a function", "A=a\nf() { A=b; }\nf", Setting{}, true},
		{"a group", "A=a\n{ A=b; }", Setting{}, true},
		{"a subshell", "A=a\n(A=b)", Setting{}, true},
		{"a here-document", "A=a\ntrue <<E\nA=b\nE\n", Setting{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := compare(t, []byte(test.text))
			got, err := s.Get("A")
			got.File = ""
			if test.unknown != (err != nil) {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// What a shell does not read to the end is not understood either.
func TestDefaultsBroken(t *testing.T) {
	for _, text := range []string{
		"A='b\n", "A=\"b", "A=`b", "A=$(b", "A=${b", "A=b)\n", "if true; then\nA=b", "fi", "A=a\nexit 0\nA=b", "A=a\\",
		"A=" + strings.Repeat("\"${B:-", 100), "A=$(a # it's\n)",
	} {
		d := ParseDefaults("f", []byte("A=1\n"+text))
		if s, err := Read(d).Get("A"); err == nil {
			t.Errorf("%q: A is %+v", text, s)
		}
		if change, err := d.Set("B", "b"); err == nil {
			t.Errorf("%q: %+v", text, change)
		}
	}
}

func TestReadSamples(t *testing.T) {
	debian := [][]byte{sample(t, "debian12-default"), sample(t, "debian12-xen.cfg")}
	s, doubtful := compare(t, debian...)
	if diff := cmp.Diff([]string{DefaultEntry}, doubtful); diff != "" {
		t.Errorf("not understood: -want +got\n%s", diff)
	}
	got, err := s.Get(XenReplaceDefault)
	if diff := cmp.Diff(Setting{Value: "quiet splash console=hvc0", Set: true, File: "file1", Line: 4}, got); diff != "" || err != nil {
		t.Errorf("%v -want +got\n%s", err, diff)
	}
	dom0, err := s.Dom0()
	if err != nil || dom0.String() != "net.ifnames=0 quiet splash console=hvc0" {
		t.Errorf("%q, %v", dom0, err)
	}
	if recovery, err := s.Dom0Recovery(); err != nil || recovery.String() != "single net.ifnames=0" {
		t.Errorf("%q, %v", recovery, err)
	}
	_, err = s.Get(DefaultEntry)
	if want := "file1:11: not understood: GRUB_DEFAULT: it is set under a condition"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	s, doubtful = compare(t, sample(t, "fedora-default"))
	if bls, err := s.Get(EnableBLSCfg); len(doubtful) > 0 || err != nil || bls.Value != "false" {
		t.Errorf("%+v %v, not understood: %v", bls, err, doubtful)
	}
}

// TestFirst has the pair of variables of dom0's kernel: the first one is used unless it is empty.
func TestFirst(t *testing.T) {
	pair := Dom0Variables()[0]
	for content, want := range map[string]string{
		"": CmdlineLinux, "GRUB_CMDLINE_LINUX=a": CmdlineLinux, "GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX_XEN_REPLACE=": CmdlineLinux,
		"GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX_XEN_REPLACE=b": XenReplace,
		// Whether it is empty is not known.
		"GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX_XEN_REPLACE=$(b)": XenReplace,
	} {
		name, value, err := Read(ParseDefaults("x", []byte(content+"\n"))).First(pair[:]...)
		if unclear := strings.Contains(content, "$("); name != want || (err != nil) != unclear || value.Value == "" && content != "" && !unclear {
			t.Errorf("%q: %s, %q, %v; want %s", content, name, value.Value, err, want)
		}
	}
}

func TestDefaultsEdit(t *testing.T) {
	const list = "(0000:00:09.0)"
	set := func(name, value string) func(*Defaults) (edit.Edit, error) {
		return func(d *Defaults) (edit.Edit, error) { return d.Set(name, value) }
	}
	arguments := func(o Operation) func(*Defaults) (edit.Edit, error) {
		return func(d *Defaults) (edit.Edit, error) { return d.EditArguments("A", o) }
	}
	for _, test := range []struct {
		name, text string
		change     func(*Defaults) (edit.Edit, error)
		want       string // "" for an error
	}{
		{"double quotes", "x=1\nA=\"a\" # c\n", set("A", `b "$c"`), "x=1\nA=\"b \\\"\\$c\\\"\" # c\n"},
		{"single quotes", "A='a'\n", set("A", `b "$c"`), "A='b \"$c\"'\n"},
		{"bare", "export A=a", set("A", "b c"), `export A="b c"`},
		{"the last", "A=a\nA=b\n", set("A", "c"), "A=a\nA=\"c\"\n"},
		{"new", "B=a", set("A", "c"), "B=a\nA=\"c\"\n"},
		{"new in nothing", "", set("A", "c"), "A=\"c\"\n"},
		{"behind a joined line", "B=a\\\n", set("A", "c"), "B=a\\\n\nA=\"c\"\n"},
		{"behind a condition", "true &&\n", set("A", "c"), ""},
		{"under a condition", "if true; then A=a; fi\n", set("A", "c"), ""},
		{"two lines", "", set("A", "a\nb"), ""},
		{"argument in double quotes", `A="a $B"`, arguments(SetKey(hideKey, list)), `A="a $B xen-pciback.hide=(0000:00:09.0)"`},
		{"argument in single quotes", `A='a'`, arguments(SetKey(hideKey, list)), `A='a xen-pciback.hide=(0000:00:09.0)'`},
		{"argument in empty quotes", `A="" B=1`, arguments(SetKey(hideKey, list)), `A="xen-pciback.hide=(0000:00:09.0)" B=1`},
		{"argument, bare", `A=a B=1`, arguments(SetKey(hideKey, list)), `A="a xen-pciback.hide=(0000:00:09.0)" B=1`},
		{"argument, nothing", `A= B=1`, arguments(SetKey(hideKey, list)), `A="xen-pciback.hide=(0000:00:09.0)" B=1`},
		{"argument, no change", `A=a`, arguments(RemoveKey(hideKey)), `A=a`},
		{"what a fallback holds is not touched", `A="${B:-x xen-pciback.hide=(00:09.0)}"`, arguments(RemoveKey(hideKey)), `A="${B:-x xen-pciback.hide=(00:09.0)}"`},
		{"removed from joined lines", "A=\"a \\\n xen-pciback.hide=(00:09.0) \\\n b\"", arguments(RemoveKey(hideKey)), "A=\"a \\\n \\\n b\""},
		{"mixed quotes", `A="a"'b'`, arguments(SetKey(hideKey, list)), ""},
		{"a command within", "A=\"$(echo \"a\")\"", arguments(SetKey(hideKey, list)), ""},
		{"not set here", "B=a", arguments(SetKey(hideKey, list)), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			change, err := test.change(ParseDefaults("f", []byte(test.text)))
			if (err != nil) != (test.want == "") {
				t.Fatalf("error %v", err)
			}
			got, err := change.Apply([]byte(test.text))
			if err != nil || test.want != "" && string(got) != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
			if back, err := change.Inverse().Apply(got); err != nil || string(back) != test.text {
				t.Errorf("came back as %q (%v)", back, err)
			}
		})
	}
}

// The shell makes of the line for a new argument, whenever it generates grub.cfg,
// what the entries with Xen had without it, and the argument.
func TestDom0ArgumentLineAsShell(t *testing.T) {
	hide := " " + hideKey + "=" + twoDevices
	for _, test := range []struct {
		name, defaults, want string
	}{
		{"nothing set", "", hide},
		{"the default for all kernels", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n", "quiet splash" + hide},
		{"one for Xen", "GRUB_CMDLINE_LINUX_DEFAULT=quiet\n" + XenReplaceDefault + "=\"console=hvc0 $GRUB_CMDLINE_LINUX_DEFAULT\"\n", "console=hvc0 quiet" + hide},
		{"an empty one for Xen", "GRUB_CMDLINE_LINUX_DEFAULT=quiet\n" + XenReplaceDefault + "=\n", "quiet" + hide},
		{"signs", "GRUB_CMDLINE_LINUX_DEFAULT='a=\"b c\" $d `e` \\f'\n", "a=\"b c\" $d `e` \\f" + hide},
		{"sample", string(sample(t, "debian12-default")) + string(sample(t, "debian12-xen.cfg")), "quiet splash console=hvc0" + hide},
	} {
		t.Run(test.name, func(t *testing.T) {
			line, err := Dom0ArgumentLine(hideKey, twoDevices)
			if err != nil {
				t.Fatal(err)
			}
			for where, files := range map[string][][]byte{
				"in a file of its own": {[]byte(test.defaults), []byte(line + "\n")},
				"at the end":           {[]byte(test.defaults + line + "\n")},
			} {
				s, _ := compare(t, files...)
				if got, err := s.Get(XenReplaceDefault); err != nil || got.Value != test.want {
					t.Errorf("%s: %q (%v), want %q", where, got.Value, err, test.want)
				}
				d := ParseDefaults("grub", files[len(files)-1])
				if err := d.Assigns(XenReplaceDefault, strings.Count(string(d.Bytes()), "\n")); err != nil {
					t.Errorf("%s: %v", where, err)
				}
			}
			names := []string{CmdlineLinux, CmdlineLinuxDefault}
			plain := source(t, [][]byte{[]byte(test.defaults)}, names)
			if diff := cmp.Diff(plain, source(t, [][]byte{[]byte(test.defaults), []byte(line + "\n")}, names)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, bad := range []string{"(00:09.0) (00:04.0)", "$(reboot)", "(`reboot`)", "(a\"b)"} {
		if line, err := Dom0ArgumentLine(hideKey, bad); err == nil {
			t.Errorf("%q: %q", bad, line)
		}
	}
}

func TestAssigns(t *testing.T) {
	for _, test := range []struct {
		text string
		line int
		want bool
	}{
		{"A=a\n", 1, true},
		{"B=b\nA=a\n", 2, true},
		{"B=b\nA=a\n", 1, false},
		{"if true; then\nA=a\nfi\n", 2, false},
		{"true &&\nA=a\n", 2, false},
		{"B=b \\\nA=a\n", 2, true},
		{"B=b\\\nA=a\n", 2, false},
		{"B='\nA=a\n", 2, false},
		{"A=a\nA=b\n", 1, true},
	} {
		err := ParseDefaults("f", []byte(test.text)).Assigns("A", test.line)
		var unclear *NotUnderstoodError
		if (err == nil) != test.want || err != nil && !errors.As(err, &unclear) {
			t.Errorf("%q, line %d: %v", test.text, test.line, err)
		}
	}

	// A quote that is not closed before the line ends in it: the quote is what is wrong.
	err := ParseDefaults("f", []byte("B=\"b\nA=\"$A (00:09.0)\"\n")).Assigns("A", 2)
	if want := "f:1: not understood: a double quote is not closed"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func FuzzDefaults(f *testing.F) {
	for _, name := range []string{"debian12-default", "debian12-xen.cfg", "fedora-default"} {
		f.Add(sample(f, name))
	}
	for _, seed := range []string{
		"A=\"a \\\n$B ${C:-d} \\\"\"'e'\\\nf", "if [ x ]; then A=`b`; fi &&\nA=c", "A=$(b 'c)' \")\" $(d))\n", "export A='x' B\n# c\nx\n# d", "A=a\\",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := ParseDefaults("f", data)
		if !bytes.Equal(d.Bytes(), data) {
			t.Fatal("the file has other bytes")
		}
		before := Read(d)
		for i, st := range d.statements {
			if st.name == "" || i > 20 {
				continue
			}
			if value, err := before.Get(st.name); err == nil && len(value.Value) <= 1000 && !strings.ContainsAny(value.Value, "\n\x00") {
				// What is set is read back, and everything else is as it was.
				change, err := d.Set(st.name, value.Value)
				if err != nil {
					t.Fatalf("%q: %s: %v", data, st.name, err)
				}
				with, err := change.Apply(data)
				if err != nil {
					t.Fatal(err)
				}
				if again, err := Read(ParseDefaults("f", with)).Get(st.name); err != nil || again != value {
					t.Errorf("%q became %q: %+v (%v), want %+v", data, with, again, err, value)
				}
			}
			change, err := d.EditArguments(st.name, SetKey(hideKey, twoDevices))
			if err != nil {
				continue
			}
			with, err := change.Apply(data)
			if err != nil {
				t.Fatal(err)
			}
			e := ParseDefaults("f", with)
			if len(e.statements) != len(d.statements) || (e.lost == nil) != (d.lost == nil) {
				t.Fatalf("%q became %q", data, with)
			}
			if last, err := d.last(st.name); err != nil || last.value.style == 0 || len(ParseCommandLine(string(last.value.view.text)).All(hideKey)) > 0 {
				continue
			}
			change, err = e.EditArguments(st.name, RemoveKey(hideKey))
			if err != nil {
				t.Fatal(err)
			}
			if back, err := change.Apply(with); err != nil || !bytes.Equal(back, data) {
				t.Errorf("%q became %q and came back as %q (%v)", data, with, back, err)
			}
		}
	})
}
