package sample

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTakes(t *testing.T) {
	for _, test := range []struct {
		name         string
		all          string
		count, every int
		want         []int
	}{
		{"some", "", 9, 3, []int{0, 3, 6, 8}},
		{"the last is a multiple", "", 7, 3, []int{0, 3, 6}},
		{"fewer than one in every", "", 3, 5, []int{0, 2}},
		{"one", "", 1, 5, []int{0}},
		{"all", "1", 4, 3, []int{0, 1, 2, 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(Variable, test.all)
			var got []int
			for n := range test.count {
				if Takes(n, test.count, test.every) {
					got = append(got, n)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
