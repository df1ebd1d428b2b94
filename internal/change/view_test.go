package change

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhole does not replace or remove files of somebody else's.
func TestWhole(t *testing.T) {
	for _, test := range []struct {
		name    string
		files   []string
		content string
		foreign bool
		nothing bool
	}{
		{"it comes", nil, "ours\n", false, false},
		{"it is there", []string{"/etc/x", "ours\n"}, "ours\n", false, true},
		{"another content", []string{"/etc/x", "ours, once\n"}, "ours\n", false, false},
		{"it goes", []string{"/etc/x", "ours, once\n"}, "", false, false},
		{"it is gone", nil, "", false, true},
		{"somebody else's is there", []string{"/etc/x", "theirs\n"}, "ours\n", true, true},
		{"somebody else's stays", []string{"/etc/x", "theirs\n"}, "", false, true},
		{"a link is there", []string{"/etc/x", "-> y", "/etc/y", "ours\n"}, "ours\n", true, true},
		{"a link stays", []string{"/etc/x", "-> y", "/etc/y", "ours\n"}, "", false, true},
	} {
		m := newMachine(t, test.files...)
		c, err := Now(m.fs).Whole("/etc/x", State{Exists: test.content != "", Content: []byte(test.content)}, func(content []byte) bool { return string(content[:4]) == "ours" })
		var foreign *ForeignError
		if errors.As(err, &foreign) != test.foreign || test.foreign && foreign.Path != "/etc/x" {
			t.Errorf("%s: %v", test.name, err)
		}
		if c.Equal() != test.nothing {
			t.Errorf("%s: %+v", test.name, c)
		}
	}
}

func TestLink(t *testing.T) {
	const name, target = "/etc/rc3.d/S20xenpci", "../init.d/xenpci"
	for _, test := range []struct {
		name, there string
		on          bool
		want        string // what is at the path then
		foreign     bool
	}{
		{"it comes", "", true, target, false},
		{"it is there", target, true, target, false},
		{"it is there in other words", "/etc/init.d/xenpci", true, "/etc/init.d/xenpci", false},
		{"it goes, in other words", "/etc/init.d/xenpci", false, "", false},
		{"it leads to another file of the name", "/lib/init/xenpci", true, "/lib/init/xenpci", false},
		{"that stays", "/lib/init/xenpci", false, "/lib/init/xenpci", false},
		{"it leads to something else", "/dev/null", true, "/dev/null", true},
	} {
		m := newMachine(t)
		if test.there != "" {
			m.write(name, "-> "+test.there)
		}
		c, err := Now(m.fs).Link(name, target, test.on)
		if foreign := (*ForeignError)(nil); errors.As(err, &foreign) != test.foreign {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil {
			m.carryOut(c)
		}
		if got, _ := m.fs.Readlink(name); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestEditAbsent does not make files that others write.
func TestEditAbsent(t *testing.T) {
	m := newMachine(t)
	want := m.tree()
	for _, on := range []bool{true, false} {
		m.carryOut(block(t, Now(m.fs), hiding, defaults, on))
		m.isAs(want)
	}
}

// TestEditLink edits the file that a link leads to.
func TestEditLink(t *testing.T) {
	m := newMachine(t, "/srv/grub", theirs, defaults, "-> ../../srv/grub")
	want := m.tree()
	m.carryOut(block(t, Now(m.fs), hiding, defaults, true))
	if got := m.read("/srv/grub"); got != theirs+line(hiding) {
		t.Errorf("%q", got)
	}
	if target, err := m.fs.Readlink(defaults); target != "../../srv/grub" || err != nil {
		t.Errorf("%q, %v", target, err)
	}
	m.carryOut(block(t, Now(m.fs), hiding, defaults, false))
	m.isAs(want)
}

// TestMode makes a script executable again.
func TestMode(t *testing.T) {
	m := newMachine(t)
	want := State{Exists: true, Content: []byte("ours\n"), Mode: 0o755}
	always := func([]byte) bool { return true }
	for range 2 {
		c, err := Now(m.fs).Whole("/etc/x", want, always)
		if err != nil {
			t.Fatal(err)
		}
		m.carryOut(c)
		info, err := os.Stat(m.fs.Path("/etc/x"))
		if err != nil || info.Mode() != 0o755 {
			t.Fatalf("%v, %v", info, err)
		}
		if err := os.Chmod(m.fs.Path("/etc/x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestViewOfPlan shows the files as they will be.
func TestViewOfPlan(t *testing.T) {
	m := newMachine(t, "/etc/goes", "ours\n", "/etc/stays", "theirs\n")
	var p Plan
	if err := p.Add(ours(t, p.View(m.fs), "/etc/goes", ""), ours(t, p.View(m.fs), "/etc/comes", "ours\n")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"/etc/goes": "", "/etc/comes": "ours\n", "/etc/stays": "theirs\n"} {
		for _, read := range []func(string) (State, error){p.View(m.fs).At, p.View(m.fs).Content} {
			got, err := read(name)
			if diff := cmp.Diff(want, string(got.Content)); diff != "" || got.Exists != (want != "") || err != nil {
				t.Errorf("%s: %v, %s", name, err, diff)
			}
		}
	}
}
