package change

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	dropIn = "/etc/modprobe.d/xenpci.conf"
	rules  = "/etc/udev/rules.d/40-xenpci.rules"
)

// everything plans a file of ours in a directory that is missing, one in a directory
// that is there, a link, an edit of a file of others, and commands before and after;
// or with on false that all of it is removed.
func everything(t *testing.T, m *machine, on bool) *Plan {
	t.Helper()
	content := ""
	if on {
		content = "ours\n"
	}
	link, err := Now(m.fs).Link("/etc/rc3.d/S20xenpci", "../init.d/xenpci", on)
	if err != nil {
		t.Fatal(err)
	}
	var p Plan
	if err := p.Add(ours(t, p.View(m.fs), dropIn, content), ours(t, p.View(m.fs), rules, content), link, block(t, p.View(m.fs), hiding, defaults, on)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"stop", "update-grub", "update-grub", "start"} {
		p.Run(Command{Args: []string{name}, Before: name == "stop"})
		p.RunBack(Command{Args: []string{name, "again"}, Before: name == "stop"})
	}
	return &p
}

func newHost(t *testing.T) *machine {
	return newMachine(t, defaults, theirs, "/etc/udev/rules.d/70-other.rules", "")
}

func TestCarryOut(t *testing.T) {
	m := newHost(t)
	want := m.tree()
	for _, on := range []bool{true, false} {
		plan, ran := everything(t, m, on), &programs{}
		if plan.Nothing() {
			t.Fatal("there is nothing to do")
		}
		var read []string
		err := plan.CarryOut(t.Context(), Host{FS: m.fs, Run: ran.run, ReadBack: func(context.Context) error {
			read = slices.Clone(ran.calls)
			if m.fs.Exists(rules) != on {
				t.Error("the file was read back before it was changed")
			}
			return nil
		}})
		if diff := cmp.Diff([]string{"stop", "update-grub", "start"}, read); diff != "" || err != nil {
			t.Errorf("%v, commands (-want +got):\n%s", err, diff)
		}
		if !everything(t, m, on).View(m.fs).plan.isDone() {
			t.Error("there is something left to do")
		}
	}
	m.isAs(want)
}

func (p *Plan) isDone() bool { return len(p.Changes) == 0 }

// TestCarryOutFails has each command fail, in turn, and then the reading back:
// everything is as it was, and the commands that restore it have run.
func TestCarryOutFails(t *testing.T) {
	for _, on := range []bool{true, false} {
		for _, fails := range []string{"stop", "update-grub", "start", "what is read back"} {
			t.Run(fmt.Sprintf("%v, %s", on, fails), func(t *testing.T) {
				t.Parallel() // it waits for the disk
				m := newHost(t)
				if !on {
					if err := everything(t, m, true).CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
						t.Fatal(err)
					}
				}
				want := m.tree()
				ran := &programs{fail: func(call string) bool { return call == fails }}
				ctx, cancel := context.WithCancel(t.Context())
				err := everything(t, m, on).CarryOut(ctx, Host{FS: m.fs, ReadBack: func(context.Context) error { return errProgram },
					Run: func(ctx context.Context, wait time.Duration, args ...string) error {
						if err := ctx.Err(); err != nil {
							t.Errorf("%s: %v", args, err)
						}
						err := ran.run(ctx, wait, args...)
						if err != nil {
							cancel() // what is taken back is not interrupted
						}
						return err
					}})
				cancel()
				if taken := (*TakenBackError)(nil); !errors.As(err, &taken) || taken.Undo != nil || !errors.Is(err, errProgram) {
					t.Error(err)
				}
				if diff := cmp.Diff([]string{"stop again", "update-grub again", "start again"}, ran.calls[len(ran.calls)-3:]); diff != "" {
					t.Errorf("commands (-want +got):\n%s", diff)
				}
				m.isAs(want)
			})
		}
	}
}

// TestTakeBackGoesOn has commands fail when the plan is taken back: the others still
// run, every file is as it was, and the error has both causes.
func TestTakeBackGoesOn(t *testing.T) {
	m := newHost(t)
	want := m.tree()
	ran := &programs{fail: func(call string) bool { return call == "start" || call == "stop again" || call == "update-grub again" }}
	err := everything(t, m, true).CarryOut(t.Context(), Host{FS: m.fs, Run: ran.run})
	if taken := (*TakenBackError)(nil); !errors.As(err, &taken) || !errors.Is(taken.Err, errProgram) || !errors.Is(taken.Undo, errProgram) {
		t.Error(err)
	}
	if ran.calls[len(ran.calls)-1] != "start again" {
		t.Errorf("commands: %q", ran.calls)
	}
	m.isAs(want)
}

// TestNothing returns the error of ReadBack as it is where there was nothing to do.
func TestNothing(t *testing.T) {
	m := newHost(t)
	want := m.tree()
	var p Plan
	err := p.CarryOut(t.Context(), Host{FS: m.fs, ReadBack: func(context.Context) error { return errProgram }})
	if err != errProgram { //nolint:errorlint // nothing is around it
		t.Error(err)
	}
	m.isAs(want)
}

// TestChangedMeanwhile keeps what somebody else wrote after the changes were planned,
// or while a command ran.
func TestChangedMeanwhile(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		t.Parallel() // it waits for the disk
		m := newHost(t)
		p := everything(t, m, true)
		m.write(defaults, "# changed\n")
		want := m.tree()
		err := p.CarryOut(t.Context(), Host{FS: m.fs})
		var taken *TakenBackError
		var changed *ChangedError
		if !errors.As(err, &taken) || !errors.As(taken.Err, &changed) || changed.Path != defaults || taken.Undo != nil {
			t.Errorf("%v", err)
		}
		m.isAs(want)
	})
	t.Run("before it is taken back", func(t *testing.T) {
		t.Parallel() // it waits for the disk
		m := newHost(t)
		p := everything(t, m, true)
		ran := &programs{fail: func(call string) bool {
			m.write(defaults, "# changed\n"+line(hiding))
			return call == "start"
		}}
		p.Commands = p.Commands[1:] // none comes before
		err := p.CarryOut(t.Context(), Host{FS: m.fs, Run: ran.run})
		var taken *TakenBackError
		var changed *ChangedError
		if !errors.As(err, &taken) || !errors.As(taken.Undo, &changed) || changed.Path != defaults {
			t.Errorf("%v", err)
		}
		if m.fs.Exists(rules) || m.fs.Exists("/etc/modprobe.d") {
			t.Error("the others are not taken back")
		}
		if _, touched, err := Backup(m.fs, hiding, defaults); !touched || err != nil {
			t.Errorf("the note of what is left in the file is gone: %v", err)
		}
	})
}

// TestKilled has the process die after each change, in turn, before anything is
// settled. The next one completes the plan, or removes everything.
func TestKilled(t *testing.T) {
	clean := newHost(t)
	before := clean.tree()
	if err := everything(t, clean, true).CarryOut(t.Context(), Host{FS: clean.fs}); err != nil {
		t.Fatal(err)
	}
	after := clean.tree()
	for _, on := range []bool{true, false} {
		for n := range 5 {
			for _, then := range []bool{true, false} {
				t.Run(fmt.Sprintf("%v, after %d, %v", on, n, then), func(t *testing.T) {
					t.Parallel() // it waits for the disk
					m := newHost(t)
					if !on {
						if err := everything(t, m, true).CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
							t.Fatal(err)
						}
					}
					killed(t, m, everything(t, m, on), n)
					if err := everything(t, m, then).CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
						t.Fatal(err)
					}
					if then {
						m.isAs(after)
					} else {
						m.isAs(before)
					}
				})
			}
		}
	}
}

// killed notes everything and makes n changes.
func killed(t *testing.T, m *machine, p *Plan, n int) {
	t.Helper()
	before, err := readNotes(m.fs)
	if err != nil {
		t.Fatal(err)
	}
	r := carrying{Plan: p, host: Host{FS: m.fs}, before: before}
	if err := r.note(); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes[:min(n, len(p.Changes))] {
		if err := c.apply(m.fs); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilledReadingBack has the process die when everything is done and nothing is
// settled.
func TestKilledReadingBack(t *testing.T) {
	m := newHost(t)
	want := m.tree()
	for _, on := range []bool{true, false} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = everything(t, m, on).CarryOut(context.Background(), Host{FS: m.fs, ReadBack: func(context.Context) error {
				runtime.Goexit()
				return nil
			}})
		}()
		<-done
	}
	if err := everything(t, m, false).CarryOut(t.Context(), Host{FS: m.fs}); err != nil {
		t.Fatal(err)
	}
	m.isAs(want)
}
