package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a paragraph", "one two three four\nfive six seven eight nine\n", "one two three four five six\nseven eight nine\n"},
		{"two paragraphs", "one\n\ntwo\n", "one\n\ntwo\n"},
		{"an example", "  a  b\n  c d\n", "  a  b\n  c d\n"},
		{"words that are explained", "  A   one two three four\n      five six\n  BB  seven\n", "  A   one two three four five\n      six\n  BB  seven\n"},
		{"nothing", "", "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, fold(tt.text, 29)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHelpFits wants at most 80 columns of the help of each verb.
func TestHelpFits(t *testing.T) {
	a := &app{}
	root := newRootCmd(a)
	var each func(cmd *cobra.Command)
	each = func(cmd *cobra.Command) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpColumns {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		for _, below := range cmd.Commands() {
			each(below)
		}
	}
	each(root)
}
