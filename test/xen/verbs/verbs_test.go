package verbs

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	for _, test := range []struct {
		name        string
		args        []string
		ran         []string // nil: no verb
		out, failed string
	}{
		{"a verb", []string{"build"}, []string{}, "", ""},
		{"its arguments", []string{"build", "-x", "build"}, []string{"-x", "build"}, "", ""},
		{"none", nil, nil, "lab build  make it\nlab shell  look around\n", "say which of these"},
		{"another", []string{"-h"}, nil, "lab build  make it\nlab shell  look around\n", "say which of these"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var ran []string
			var out strings.Builder
			err := run(t.Context(), &out, test.args, []Verb{
				{"build", "make it", func(_ context.Context, args []string) error { ran = args; return nil }},
				{"shell", "look around", func(context.Context, []string) error { t.Error("it ran"); return nil }},
			})
			failed := ""
			if err != nil {
				failed = err.Error()
			}
			if diff := cmp.Diff([]string{test.out, test.failed}, []string{out.String(), failed}) + cmp.Diff(test.ran, ran); diff != "" {
				t.Error(diff)
			}
		})
	}
}
