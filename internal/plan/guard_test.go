package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func TestGuard(t *testing.T) {
	root := graph.Finding{Device: nine, Severity: graph.Refuse, Code: graph.Mounted, Reason: "/ is on sda"}
	leg := graph.Finding{Device: nine, Severity: graph.Warn, Code: graph.Mounted, Reason: "/srv is on md0"}
	for _, test := range []struct {
		name  string
		facts plan.Facts
		want  []graph.Finding
	}{
		{"nothing is on it", plan.Facts{Device: nine, State: inDom0}, nil},
		{"something has less to lose", plan.Facts{Device: nine, State: inDom0, Findings: []graph.Finding{leg}}, nil},
		{"dom0 needs it", plan.Facts{Device: nine, State: inDom0, Findings: []graph.Finding{root, leg}}, []graph.Finding{root}},
		{"it is hidden", plan.Facts{Device: nine, State: hidden, Findings: []graph.Finding{root}}, nil},
		{"a guest has it", plan.Facts{Device: nine, State: slotless, Guest: &pciback.Guest{ID: 1}, Findings: []graph.Finding{root}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []graph.Finding
			var needed *plan.NeededError
			if err := plan.Guard(test.facts); errors.As(err, &needed) {
				got = needed.Findings
				for _, fact := range []string{nine.String(), root.Reason, "--force"} {
					if !strings.Contains(err.Error(), fact) {
						t.Errorf("%q lacks %q", err, fact)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
