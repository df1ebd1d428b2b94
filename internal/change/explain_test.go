package change

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	changed, plain := &ChangedError{"/etc/x"}, errors.New("plain")
	for _, test := range []struct {
		name           string
		err            error
		reason, advice string
	}{
		{"explained", changed, changed.Reason(), changed.Advice()},
		{"plain", plain, "plain", ""},
		{"within another", fmt.Errorf("outer: %w", changed), "outer: " + changed.Error(), ""},
		{"joined", errors.Join(plain, changed), "plain\n" + changed.Reason(), changed.Advice()},
	} {
		if reason, advice := Explain(test.err); reason != test.reason || advice != test.advice {
			t.Errorf("%s: %q, %q", test.name, reason, advice)
		}
	}
}

// TestTakenBackError checks that it has what the errors in it say.
func TestTakenBackError(t *testing.T) {
	changed, plain := &ChangedError{"/etc/x"}, errors.New("plain")
	for _, test := range []struct {
		err  *TakenBackError
		want []string
	}{
		{&TakenBackError{Err: plain}, []string{"plain", "all changes were taken back"}},
		{&TakenBackError{Err: changed}, []string{changed.Reason(), changed.Advice(), "all changes were taken back"}},
		{&TakenBackError{Err: plain, Undo: changed}, []string{"plain", "not everything", changed.Reason()}},
	} {
		for _, part := range test.want {
			if !strings.Contains(test.err.Error(), part) {
				t.Errorf("%q does not have %q", test.err, part)
			}
		}
		if got := test.err.Reason(); strings.Contains(got, changed.Advice()) {
			t.Errorf("the reason %q has the advice", got)
		}
	}
}
