package boot

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/change"
)

// TestBase has lines as they would be without xenpci.
func TestBase(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, added, removed, now, want string }{
		{"nothing is xenpci's", "", "", "a m=1", "a m=1"},
		{"a value", "m=2", "m=1", "a m=2 b", "a m=1 b"},
		{"a new word", "m=2", "", "a m=2 b", "a b"},
		{"somebody replaced it", "m=2", "m=1", "a m=3 b", "a m=3 b"},
		{"somebody removed it", "m=2", "m=1", "a b", "a b"},
		{"somebody restored it", "m=2", "m=1", "a m=1 b", "a m=1 b"},
		{"somebody added another one", "m=2", "m=1", "m=3 m=2", "m=3 m=1"},
		{"what it replaced is there again too", "m=2", "m=1", "m=1 m=2", "m=1"},
		{"several", "m=2 m=3", "m=1 m=0", "m=2 a m=3", "a m=1 m=0"},
		{"of several, somebody removed one", "m=2 m=3", "m=1", "a m=3", "a m=1"},
		{"xenpci removed it", "", "m=1", "a", "a m=1"},
		{"xenpci removed it, and somebody wrote another", "", "m=1", "m=4", "m=4"},
		{"two options", "m=2 q", "m=1", "m=2 q", "m=1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := claim{strings.Fields(test.added), strings.Fields(test.removed)}
			key := func(word string) string { return setting(true, "").Key(true, word) }
			if diff := cmp.Diff(strings.Fields(test.want), c.base(strings.Fields(test.now), key)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWordsEditedSince sets words where the entries are edited in place, has somebody edit the same
// option, sets it again, and takes it back: what somebody wrote is there.
func TestWordsEditedSince(t *testing.T) {
	t.Parallel()
	for _, test := range inPlaceCases {
		if strings.HasPrefix(test.name, "EXTLINUX") {
			continue // it has a block
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, test.machine())
			m.mustEdit(nil, test.xen)
			m.write(test.file, strings.ReplaceAll(m.read(test.file), "dom0_mem=2G", "dom0_mem=3G"))
			edited := m.read(test.file)
			e := setting(true, "dom0_mem=3G->dom0_mem=4G")
			m.mustEdit(nil, e)
			if edited == m.read(test.file) {
				t.Fatal("nothing was set")
			}
			m.mustEdit(nil, setting(true, "", "dom0_mem=4G"))
			if diff := cmp.Diff(edited, m.read(test.file)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWordsInPlaceKilled has the process die after each change of a file, in turn, while words are set,
// set again, and taken back. What was there before xenpci set any comes back all the same.
func TestWordsInPlaceKilled(t *testing.T) {
	t.Parallel()
	for _, test := range inPlaceCases {
		if strings.HasPrefix(test.name, "EXTLINUX") {
			continue // TestWordsKilled
		}
		old := "dom0_mem=1G"
		if test.name == "XCP-ng" {
			old = "dom0_mem=2624M,max:2624M"
		}
		set, again, unset := setting(true, old+"->dom0_mem=2G"), setting(true, "dom0_mem=2G->dom0_mem=4G"), setting(true, "", "dom0_mem=2G", "dom0_mem=4G")
		for i, steps := range [][]WordEdit{{set}, {set, again}, {set, unset}, {set, again, unset}} {
			for n := range 3 {
				t.Run(fmt.Sprintf("%s/%d/%d", test.name, i, n), func(t *testing.T) {
					t.Parallel()
					m := newMachine(t, test.machine())
					before := m.tree()
					for _, e := range steps[:len(steps)-1] {
						m.mustEdit(nil, e)
					}
					m.editKilled(steps[len(steps)-1], n)
					m.mustEdit(nil, unset)
					m.isAs(before)
				})
			}
		}
	}
}

// TestUnsetKilledBesideEdit has the process die while words are unset beside a word that somebody has
// added since: that word is not taken for xenpci's, and nothing of xenpci is left.
func TestUnsetKilledBesideEdit(t *testing.T) {
	t.Parallel()
	for _, test := range inPlaceCases {
		if strings.HasPrefix(test.name, "EXTLINUX") {
			continue // it has a block
		}
		for n := range 3 {
			t.Run(fmt.Sprintf("%s/%d", test.name, n), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, test.machine())
				before := m.read(test.file)
				m.mustEdit(nil, test.xen)
				m.write(test.file, strings.ReplaceAll(m.read(test.file), "dom0_mem=2G", "dom0_mem=2G guest_loglvl=all"))
				unset := setting(true, "", "dom0_mem=2G", "smt=off")
				m.editKilled(unset, n)
				m.mustEdit(nil, unset)
				if after := strings.ReplaceAll(m.read(test.file), " guest_loglvl=all", ""); after != before {
					t.Errorf("(-want +got):\n%s", cmp.Diff(before, after))
				}
				if m.fs.Exists(claimsFile) {
					t.Errorf("%s", m.read(claimsFile))
				}
			})
		}
	}
}

// editKilled makes the first n changes of an edit, after which the process dies.
func (m *machine) editKilled(e WordEdit, n int) {
	m.t.Helper()
	p, err := PlanWords(m.t.Context(), m.look(nil), e)
	if err != nil {
		m.t.Fatal(err)
	}
	plan := change.Plan{Changes: slices.Clone(p.Changes[:min(n, len(p.Changes))])}
	dead := make(chan struct{})
	go func() {
		defer close(dead)
		err = plan.CarryOut(m.t.Context(), change.Host{FS: m.fs, ReadBack: func(context.Context) error {
			runtime.Goexit()
			return nil
		}})
	}()
	<-dead
	if err != nil {
		m.t.Fatal(err)
	}
}
