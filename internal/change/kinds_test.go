package change

import (
	"errors"
	"testing"
)

const (
	defaults = "/etc/default/grub"
	theirs   = "GRUB_TIMEOUT=5\n"
	backup   = "/var/lib/xenpci/backup" + defaults
)

// TestTwoKinds has two kinds with lines in one file. Removing the lines of one leaves
// those of the other, and the backup; removing the last leaves nothing.
func TestTwoKinds(t *testing.T) {
	for _, test := range []struct {
		name        string
		come, leave []Kind // in this order
	}{
		{"the first goes first", []Kind{hiding, console}, []Kind{hiding, console}},
		{"the last goes first", []Kind{hiding, console}, []Kind{console, hiding}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // it waits for the disk
			m := newMachine(t, defaults, theirs)
			want := m.tree()
			for _, kind := range test.come {
				m.carryOut(block(t, Now(m.fs), kind, defaults, true))
			}
			if got := m.read(defaults); got != theirs+line(hiding)+line(console) {
				t.Errorf("with both: %q", got)
			}
			m.carryOut(block(t, Now(m.fs), test.leave[0], defaults, false))
			left := test.leave[1]
			if got := m.read(defaults); got != theirs+line(left) {
				t.Errorf("with one: %q", got)
			}
			if got := m.read(backup); got != theirs {
				t.Errorf("the backup: %q", got)
			}
			isTouched(t, m, left, true)
			isTouched(t, m, test.leave[0], false)
			m.carryOut(block(t, Now(m.fs), left, defaults, false))
			m.isAs(want)
		})
	}
}

// TestTwoKindsAndOthers has an administrator edit the file too, so that it never is
// what it was. The backup is removed with the last of our lines, and not before.
func TestTwoKindsAndOthers(t *testing.T) {
	m := newMachine(t, defaults, theirs)
	m.carryOut(block(t, Now(m.fs), hiding, defaults, true))
	m.carryOut(block(t, Now(m.fs), console, defaults, true))
	m.write(defaults, m.read(defaults)+"GRUB_DEFAULT=1\n")
	m.carryOut(block(t, Now(m.fs), hiding, defaults, false))
	if !m.fs.Exists(backup) {
		t.Error("the backup went with the first")
	}
	// Doing it again changes nothing.
	m.carryOut(block(t, Now(m.fs), hiding, defaults, false))
	if !m.fs.Exists(backup) {
		t.Error("the backup went with what was gone already")
	}
	m.carryOut(block(t, Now(m.fs), console, defaults, false))
	if m.fs.Exists("/var/lib/xenpci") {
		t.Errorf("something is kept still: %v", m.tree())
	}
}

// TestTwoKindsInOnePlan adds the lines of both in one plan, which is one change of the
// file.
func TestTwoKindsInOnePlan(t *testing.T) {
	m := newMachine(t, defaults, theirs)
	want := m.tree()
	var p Plan
	for _, kind := range []Kind{hiding, console} {
		if err := p.Add(block(t, p.View(m.fs), kind, defaults, true)); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.Changes) != 1 || string(p.Changes[0].Old.Content) != theirs {
		t.Errorf("the changes: %+v", p.Changes)
	}
	if err := p.CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
		t.Fatal(err)
	}
	isTouched(t, m, hiding, true)
	isTouched(t, m, console, true)

	p = Plan{}
	if err := errors.Join(p.Add(block(t, p.View(m.fs), hiding, defaults, false)), p.Add(block(t, p.View(m.fs), console, defaults, true))); err != nil {
		t.Fatal(err)
	}
	if err := p.CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
		t.Fatal(err)
	}
	isTouched(t, m, hiding, false)
	isTouched(t, m, console, true)
	if got := m.read(defaults); got != theirs+line(console) {
		t.Errorf("with one: %q", got)
	}
	m.carryOut(block(t, Now(m.fs), console, defaults, false))
	m.isAs(want)
}

// TestKindTakenBack has a plan of one kind fail when its line is added and when it is
// removed: the lines, the backup and the notes of both kinds are what they were.
func TestKindTakenBack(t *testing.T) {
	for _, test := range []struct {
		name string
		was  []Kind
		on   bool
	}{{"the first comes", nil, true}, {"the second comes", []Kind{console}, true}, {"one goes", []Kind{console, hiding}, false}, {"the last goes", []Kind{hiding}, false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // it waits for the disk
			m := newMachine(t, defaults, theirs)
			for _, kind := range test.was {
				m.carryOut(block(t, Now(m.fs), kind, defaults, true))
			}
			want := m.tree()
			p := Plan{Commands: []Command{{Args: []string{"update-grub"}}}}
			if err := p.Add(block(t, Now(m.fs), hiding, defaults, test.on)); err != nil {
				t.Fatal(err)
			}
			failing := programs{fail: func(string) bool { return true }}
			err := p.CarryOut(t.Context(), Host{FS: m.fs, Run: failing.run})
			if taken := (*TakenBackError)(nil); !errors.As(err, &taken) || taken.Undo != nil || !errors.Is(err, errProgram) {
				t.Error(err)
			}
			m.isAs(want)
		})
	}
}

// TestLinkedName edits a file by two names.
func TestLinkedName(t *testing.T) {
	m := newMachine(t, "/boot/grub/grub.conf", theirs, "/boot/grub/menu.lst", "-> grub.conf")
	want := m.tree()
	m.carryOut(block(t, Now(m.fs), hiding, "/boot/grub/menu.lst", true))
	if content, touched, err := Backup(m.fs, hiding, "/boot/grub/grub.conf"); string(content) != theirs || !touched || err != nil {
		t.Errorf("%q, %v, %v", content, touched, err)
	}
	m.carryOut(block(t, Now(m.fs), hiding, "/boot/grub/grub.conf", false))
	m.isAs(want)
}

func isTouched(t *testing.T, m *machine, kind Kind, want bool) {
	t.Helper()
	content, touched, err := Backup(m.fs, kind, defaults)
	if err != nil || touched != want || touched && string(content) != theirs {
		t.Errorf("the backup for %s: %q, %v, %v", kind, content, touched, err)
	}
}
