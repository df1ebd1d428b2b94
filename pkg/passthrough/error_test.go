package passthrough_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/change"
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
		{"of a type that has causes and says more", &change.TakenBackError{Err: a, Undo: b}, (&change.TakenBackError{Err: a, Undo: b}).Error()},
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

// TestClassOf gives several errors the class that they have in common.
func TestClassOf(t *testing.T) {
	refused := &passthrough.Error{Code: passthrough.CodeGuard}
	inUse := &passthrough.Error{Code: passthrough.CodeInUse}
	missing := &passthrough.Error{Code: passthrough.CodeNoDevice}
	for _, test := range []struct {
		name string
		err  error
		want passthrough.Class
	}{
		{"none", nil, passthrough.ClassDone},
		{"one", refused, passthrough.ClassRefused},
		{"one, wrapped", fmt.Errorf("check: %w", refused), passthrough.ClassRefused},
		{"one of somebody else's", errors.New("no"), passthrough.ClassFailed},
		{"two of one class", errors.Join(refused, inUse), passthrough.ClassRefused},
		{"two of two classes", errors.Join(refused, missing), passthrough.ClassFailed},
		{"two of two classes, the other way round", errors.Join(missing, refused), passthrough.ClassFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := passthrough.ClassOf(test.err); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
