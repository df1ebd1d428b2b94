package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// situation is what happens on a host, and what the daemon does about it.
type situation struct {
	name    string // begins with its number, where it is one that was reported
	archive string
	list    string
	do      func(w *world)
	want    string
}

// TestSituations runs each, and compares the record: what the daemon told, what it wrote, and
// where the devices are in the end.
func TestSituations(t *testing.T) {
	for _, s := range slices.Concat(situationsOfCards(), situationsOfLoss(), situationsOfTools(), situationsElsewhere(), situationsUnread()) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s.archive)
			w.list(s.list)
			s.do(w)
			got := w.record.String() + w.end() + "\n"
			if diff := cmp.Diff(strings.TrimPrefix(s.want, "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s\nit is:\n%s", diff, got)
			}
		})
	}
}
