package hostboot_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot"
)

func TestChange(t *testing.T) {
	t.Parallel()
	xen := func(set ...string) hostboot.Change { return hostboot.Change{Line: hostboot.XenLine, Set: set} }
	dom0 := func(repeat hostboot.Repeat, set ...string) hostboot.Change {
		return hostboot.Change{Line: hostboot.Dom0Line, Set: set, Repeat: repeat}
	}
	unset := func(line hostboot.Kind, words ...string) hostboot.Change {
		return hostboot.Change{Line: line, Unset: words}
	}
	for _, test := range []struct {
		name                string
		change              hostboot.Change
		words, before, want string
	}{
		{"a new word", xen("smt=off"), "placeholder loglvl=all", "", "placeholder loglvl=all smt=off"},
		{"an empty line", xen("smt=off"), "", "", "smt=off"},
		{"there already", xen("smt=off"), "smt=off loglvl=all", "", "smt=off loglvl=all"},
		{"another value", xen("dom0_mem=2G,max:2G"), "dom0_mem=1G loglvl=all", "", "dom0_mem=2G,max:2G loglvl=all"},
		{"the opposite", xen("smt=on"), "no-smt loglvl=all", "", "smt=on loglvl=all"},
		{"an option of its own name", xen("smt=on"), "no-real-mode", "", "no-real-mode smt=on"},
		{"other ports", xen("com2=115200,8n1"), "com1=115200,8n1", "", "com1=115200,8n1 com2=115200,8n1"},
		{"before what Xen hands on", xen("smt=off"), "loglvl=all -- smt=on", "", "loglvl=all smt=off -- smt=on"},
		{"the last console= of Xen takes effect", xen("console=com1"), "console=vga", "", "console=com1"},
		{"two words", xen("smt=off", "loglvl=all"), "", "", "smt=off loglvl=all"},
		{"the first console", dom0("", "console=hvc0", "console=tty0"), "ro quiet", "", "ro quiet console=hvc0 console=tty0"},
		{"one more console", dom0(hostboot.Add, "console=hvc0"), "console=tty0 quiet", "", "console=tty0 quiet console=hvc0"},
		{"more of which one is there", dom0(hostboot.Add, "console=tty0", "console=hvc0"), "console=tty0 quiet", "", "console=tty0 quiet console=hvc0"},
		{"a console is there already", dom0("", "console=hvc0"), "console=tty0 console=hvc0", "", "console=tty0 console=hvc0"},
		{"other consoles", dom0(hostboot.Replace, "console=hvc0"), "console=tty0 ro console=ttyS0", "", "ro console=hvc0"},
		{"only this console", dom0(hostboot.Replace, "console=hvc0"), "console=hvc0 ro console=ttyS0", "", "ro console=hvc0"},
		{"underscore and hyphen", dom0("", "log_buf_len=2M"), "log-buf-len=1M", "", "log_buf_len=2M"},
		{"add where one takes effect", dom0(hostboot.Add, "panic=5"), "panic=0", "", "panic=5"},
		{"unset a word", unset(hostboot.XenLine, "smt=off"), "a smt=off b", "a smt=off b", "a b"},
		{"unset an option", unset(hostboot.XenLine, "smt"), "a smt=off b", "a b", "a b"},
		{"unset one console", unset(hostboot.Dom0Line, "console=hvc0"), "console=tty0 console=hvc0", "", "console=tty0"},
		{"unset what is not there", unset(hostboot.XenLine, "smt=off"), "smt=on", "", "smt=on"},
		{"unset what was set in the place of another", unset(hostboot.XenLine, "dom0_mem"), "dom0_mem=2G a", "dom0_mem=1G a", "dom0_mem=1G a"},
		{"unset what was there before", unset(hostboot.XenLine, "dom0_mem"), "dom0_mem=1G a", "dom0_mem=1G a", "a"},
		{"unset a console that replaced two", unset(hostboot.Dom0Line, "console=hvc0"), "ro console=hvc0", "console=tty0 ro console=ttyS0", "ro console=tty0 console=ttyS0"},
		{"unset a console that was added", unset(hostboot.Dom0Line, "console=hvc0"), "console=tty0 console=hvc0", "console=tty0", "console=tty0"},
		{"unset a word that is there twice", unset(hostboot.XenLine, "a"), "a b a", "a b a", "b"},
		{"unset behind the divider of Debian's installer", unset(hostboot.Dom0Line, "quiet"), "ro --- quiet", "", "ro ---"},
		{"unset what is for init", unset(hostboot.Dom0Line, "single"), "ro -- single", "", "ro -- single"},
		{"set and unset", hostboot.Change{Line: hostboot.Dom0Line, Set: []string{"console=hvc0"}, Unset: []string{"console=ttyS0"}}, "console=ttyS0 ro", "", "ro console=hvc0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.change.Apply(strings.Fields(test.words), strings.Fields(test.before))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(test.want), got, cmp.Transformer("join", func(w []string) string { return strings.Join(w, " ") })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangeRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change hostboot.Change
		words  string
		want   error
	}{
		{
			"a console beside others", hostboot.Change{Line: hostboot.Dom0Line, Set: []string{"console=hvc0"}}, "console=tty0",
			&hostboot.RepeatedError{Key: "console", Have: []string{"console=tty0"}},
		},
		{
			"a list of Xen", hostboot.Change{Line: hostboot.XenLine, Set: []string{"iommu=verbose"}}, "iommu=no-igfx",
			&hostboot.RepeatedError{Key: "iommu", Have: []string{"iommu=no-igfx"}},
		},
		{
			"one value that is there twice", hostboot.Change{Line: hostboot.XenLine, Set: []string{"smt=on"}}, "smt=off no-smt",
			&hostboot.RepeatedError{Key: "smt", Have: []string{"smt=off", "no-smt"}},
		},
		{
			"one value that is there, and is replaced later", hostboot.Change{Line: hostboot.XenLine, Set: []string{"smt=off"}}, "smt=off smt=on",
			&hostboot.RepeatedError{Key: "smt", Have: []string{"smt=off", "smt=on"}},
		},
		{
			"all consoles", hostboot.Change{Line: hostboot.Dom0Line, Unset: []string{"console"}}, "console=tty0 console=hvc0",
			&hostboot.RepeatedError{Key: "console", Have: []string{"console=tty0", "console=hvc0"}, Unset: true},
		},
		{
			"two values", hostboot.Change{Line: hostboot.XenLine, Set: []string{"smt=on", "smt=off"}}, "",
			&hostboot.TwiceError{Key: "smt", First: "smt=on", Second: "smt=off"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := test.change.Apply(strings.Fields(test.words), nil)
			if diff := cmp.Diff(test.want, err); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestChangeReadBack has the words that must not be in a line that was changed.
func TestChangeReadBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                  string
		change                hostboot.Change
		words, others, unsets string
	}{
		{"another value", hostboot.Change{Line: hostboot.XenLine, Set: []string{"smt=off"}}, "placeholder smt=off no-smt loglvl=all", "no-smt", ""},
		{"consoles that stay", hostboot.Change{Line: hostboot.Dom0Line, Set: []string{"console=hvc0"}, Repeat: hostboot.Add}, "console=tty0 console=hvc0", "", ""},
		{"consoles that go", hostboot.Change{Line: hostboot.Dom0Line, Set: []string{"console=hvc0"}, Repeat: hostboot.Replace}, "console=tty0 console=hvc0 -- console=x", "console=tty0", ""},
		{"a word that is unset", hostboot.Change{Line: hostboot.Dom0Line, Unset: []string{"console=tty0", "panic"}}, "console=tty0 console=hvc0 panic=5", "", "console=tty0 panic=5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			words := strings.Fields(test.words)
			got := []string{strings.Join(test.change.Others(words), " "), strings.Join(test.change.Unsets(words), " ")}
			if diff := cmp.Diff([]string{test.others, test.unsets}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzChange sets words in any line: a second time changes nothing, the other words keep their
// order, and unsetting what was new gives back the line.
func FuzzChange(f *testing.F) {
	f.Add("placeholder dom0_mem=1G -- x", "smt=off", true)
	f.Add("console=tty0 ro", "console=hvc0", false)
	f.Fuzz(func(t *testing.T, text, word string, xen bool) {
		words := strings.Fields(text)
		if len(strings.Fields(word)) != 1 || word != strings.TrimSpace(word) || word == "--" {
			return
		}
		c := hostboot.Change{Line: hostboot.Dom0Line, Set: []string{word}, Repeat: hostboot.Add}
		if xen {
			c.Line = hostboot.XenLine
		}
		once, err := c.Apply(words, words)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := c.Apply(once, words)
		if err != nil || !slices.Equal(once, twice) {
			t.Errorf("%q, then %q, %v", once, twice, err)
		}
		same := func(w string) bool { return c.Line.Key(w) == c.Line.Key(word) }
		if others := slices.DeleteFunc(slices.Clone(once), same); !slices.Equal(others, slices.DeleteFunc(slices.Clone(words), same)) {
			t.Errorf("%q became %q", words, once)
		}
		undo := hostboot.Change{Line: c.Line, Unset: []string{word}}
		back, err := undo.Apply(once, words)
		if repeated := (*hostboot.RepeatedError)(nil); err != nil && !errors.As(err, &repeated) {
			t.Error(err)
		}
		if err == nil && !slices.ContainsFunc(words, same) && !slices.Equal(back, words) {
			t.Errorf("%q became %q and then %q", words, once, back)
		}
	})
}
