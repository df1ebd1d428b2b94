package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestGuard(t *testing.T) {
	root := usage.Finding{Device: nine, Level: usage.Refuse, Text: "/ is on sda, on 0000:00:09.0"}
	leg := usage.Finding{Device: nine, Level: usage.Warn, Text: "/srv is on md0; what is left of it: sdb"}
	for _, test := range []struct {
		name  string
		facts plan.Facts
		want  string
	}{
		{"nothing is on it", plan.Facts{Device: nine, State: inDom0}, ""},
		{"something has less to lose", plan.Facts{Device: nine, State: inDom0, Findings: []usage.Finding{leg}}, ""},
		{"dom0 needs it", plan.Facts{Device: nine, State: inDom0, Findings: []usage.Finding{root, leg}},
			"0000:00:09.0: dom0 needs it: / is on sda, on 0000:00:09.0; --force takes it all the same"},
		{"it is hidden", plan.Facts{Device: nine, State: hidden, Findings: []usage.Finding{root}}, ""},
		{"a guest has it", plan.Facts{Device: nine, State: slotless, Guest: &pciback.Guest{ID: 1}, Findings: []usage.Finding{root}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := plan.Guard(test.facts); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
