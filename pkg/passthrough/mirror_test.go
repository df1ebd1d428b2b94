package passthrough_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// TestMirror declares the two legs of dom0's mirror at the same moment, each by
// a call of its own: only one of them may pass, whichever comes first.
func TestMirror(t *testing.T) {
	m := unpack(t, "guard-disks")
	legs := []string{"02:00.0", "00:05.0"}
	for range 5 {
		declared := make([]passthrough.Declared, len(legs))
		errs := make([]error, len(legs))
		var both sync.WaitGroup
		for i, leg := range legs {
			both.Go(func() {
				view := m.Look()
				devices, err := view.Select(leg)
				if err == nil {
					declared[i], err = view.Declare(m.context(t), devices, passthrough.DeclareOptions{}, nil)
				}
				errs[i] = err
			})
		}
		both.Wait()
		passed := map[passthrough.Code]int{}
		for i := range legs {
			must(t, errs[i])
			passed["declared"] += len(declared[i].Change.Declared)
			for _, refused := range declared[i].Refused {
				passed[refused.Error.Code]++
			}
		}
		if diff := cmp.Diff(map[passthrough.Code]int{"declared": 1, passthrough.CodeGuard: 1}, passed); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		_, err := m.Look().Withdraw(m.context(t), legs, false, nil)
		must(t, err)
	}
}
