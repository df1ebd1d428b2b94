package passthrough_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// TestOnDrift returns what is declared of each device for the daemon.
func TestOnDrift(t *testing.T) {
	m := unpack(t, "sis190")
	m.write(t, passthrough.ListFile, `[[device]]
address = "00:09.0"
on-drift = "report"
[[device]]
address = "00:04.0"
on-drift = "hide"
[[device]]
address = "00:02.7"
[[device]]
address = "00:03.0"
on-drift = "never"
`)
	applied, err := m.Look().Apply(m.context(t), passthrough.ApplyOptions{DryRun: true}, nil)
	must(t, err)
	var drifts []passthrough.Drift
	for _, d := range applied.Declared {
		drifts = append(drifts, d.OnDrift)
	}
	if diff := cmp.Diff([]passthrough.Drift{passthrough.DriftReport, passthrough.DriftHide, ""}, drifts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(applied.Problems) != 1 || applied.Problems[0].Code != passthrough.CodeListInvalid {
		t.Errorf("%v, want one problem: on-drift of 00:03.0", applied.Problems)
	}
}
