package edit_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/edit"
)

func TestApply(t *testing.T) {
	for _, test := range []struct {
		name       string
		edit       edit.Edit
		text, want string
	}{
		{"replace", edit.Edit{Offset: 2, Old: "b", New: "xyz"}, "a b c", "a xyz c"},
		{"insert", edit.Edit{Offset: 0, New: "a "}, "b", "a b"},
		{"append", edit.Edit{Offset: 1, New: " b"}, "a", "a b"},
		{"remove", edit.Edit{Offset: 1, Old: " b"}, "a b c", "a c"},
		{"nothing", edit.Edit{}, "a", "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := []byte(test.text)
			got, err := test.edit.Apply(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
			if string(text) != test.text {
				t.Errorf("the original became %q", text)
			}
			if test.edit.Empty() != (test.text == test.want) {
				t.Errorf("empty: %v", test.edit.Empty())
			}
			back, err := test.edit.Inverse().Apply(got)
			if err != nil || string(back) != test.text {
				t.Errorf("taken back: %q, %v", back, err)
			}
		})
	}
}

func TestStale(t *testing.T) {
	for _, e := range []edit.Edit{{Offset: -1}, {Offset: 4}, {Offset: 1, Old: "a"}, {Offset: 2, Old: "cd"}} {
		_, err := e.Apply([]byte("abc"))
		var stale *edit.StaleError
		if !errors.As(err, &stale) || stale.Edit != e {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestEndLine(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "\n", "a\n": "", "a\\": "\n\n", "a\\\n": "\n", "a\\\\": "\n", "a\\\\\n": "", "\n": "", "\\\n": "\n",
	} {
		if got := edit.EndLine([]byte(text)); got != want {
			t.Errorf("%q needs %q, not %q", text, want, got)
		}
	}
}
