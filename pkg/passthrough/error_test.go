package passthrough_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// TestAsErrors takes apart what was joined, and nothing else.
func TestAsErrors(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"none", nil, ""},
		{"one", a, "a"},
		{"joined", errors.Join(a, b), "a b"},
		{"joined again, in order", errors.Join(nil, errors.Join(a, nil, b), c), "a b c"},
		{"joined alone", errors.Join(errors.Join(a)), "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, err := range passthrough.AsErrors(test.err) {
				got = append(got, err.Error())
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
