package boot

import (
	"context"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/test/sample"
)

// oneIn is how many changes there are for each one after which the process dies in a sample.
const oneIn = 3

// TestKilled has the process die after each change, in turn: each file on the disk is
// old or new, and the next run completes the rest.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, test := range undoCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clean := newMachine(t, test.machine())
			before := clean.tree()
			clean.mustSet(nil, 2, test.layers...)
			enabled := clean.tree()
			for _, from := range []struct {
				name     string
				was, get []Name
			}{{"enable", nil, test.layers}, {"disable", test.layers, nil}} {
				m := newMachine(t, test.machine())
				m.mustSet(nil, 2, from.was...)
				all := len(m.changes(from.get))
				for n := range all + 1 {
					if !sample.Takes(n, all+1, oneIn) {
						continue
					}
					m := newMachine(t, test.machine())
					m.mustSet(nil, 2, from.was...)
					killedAfter(m, n, from.get)
					m.mustSet(nil, 2, test.layers...)
					if diff := cmp.Diff(enabled, m.tree()); diff != "" {
						t.Errorf("%s, killed after %d, and enabled: %s", from.name, n, diff)
					}
					m = newMachine(t, test.machine())
					m.mustSet(nil, 2, from.was...)
					killedAfter(m, n, from.get)
					m.mustSet(nil, 2)
					if diff := cmp.Diff(before, m.tree()); diff != "" {
						t.Errorf("%s, killed after %d, and disabled: %s", from.name, n, diff)
					}
				}
			}
		})
	}
}

// changes returns those of a setup of the layers.
func (m *machine) changes(layers []Name) []change.Change {
	m.t.Helper()
	h := m.look(nil)
	setup, err := Prepare(m.t.Context(), h, listed(cards(h)), layers)
	if err != nil {
		m.t.Fatal(err)
	}
	return setup.Changes
}

// killedAfter makes n changes of a setup, or all if it has fewer, after which the process dies.
func killedAfter(m *machine, n int, layers []Name) {
	m.t.Helper()
	all := m.changes(layers)
	plan := change.Plan{Changes: all[:min(n, len(all))]}
	dead := make(chan struct{})
	var err error
	go func() {
		defer close(dead)
		err = plan.CarryOut(m.t.Context(), change.Host{FS: m.fs, ReadBack: func(context.Context) error {
			err = nil
			runtime.Goexit()
			return nil
		}})
	}()
	<-dead
	if err != nil {
		m.t.Fatal(err)
	}
}

// TestKilledBeforeItRan has the process die when the files are removed and no program
// has run yet. The next run runs them.
func TestKilledBeforeItRan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		layer Name
		want  []string
	}{
		{KernelArgument, enableCalls[:1]},
		{Initramfs, enableCalls[1:2]},
		{Modprobe, enableCalls[1:2]},
		{Udev, enableCalls[1:2]},
	} {
		t.Run(string(test.layer), func(t *testing.T) {
			m, p := debianWithPrograms(t)
			before, made := m.tree(), m.made()
			m.mustSet(p.run, 2, test.layer)
			killedAfter(m, len(m.tree()), nil)
			p.calls = nil
			m.mustSet(p.run, 2)
			if diff := cmp.Diff(test.want, p.calls); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			m.isAs(before)
			if diff := cmp.Diff(made, m.made()); diff != "" {
				t.Errorf("made: %s", diff)
			}
			p.calls = nil
			m.mustSet(p.run, 2)
			if len(p.calls) > 0 {
				t.Errorf("again: %q", p.calls)
			}
		})
	}
}
