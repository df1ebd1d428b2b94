package hostboot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot"
)

// TestWith replaces the words of settings in a line.
func TestWith(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, line, now, want, then string }{
		{"a word is added", "ro quiet", "quiet", "quiet a", "ro quiet a"},
		{"a word goes", "ro quiet a", "quiet a", "quiet", "ro quiet"},
		{"a script has the word too", "ro quiet", "quiet", "quiet ro", "ro quiet ro"},
		{"the line was made from earlier settings", "placeholder m=1G", "m=2G s=0", "m=1G", "placeholder m=1G"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			line := hostboot.Line{}.With(nil, strings.Fields(test.line)).With(strings.Fields(test.now), strings.Fields(test.want))
			if diff := cmp.Diff(test.then, line.Text); diff != "" {
				t.Error(diff)
			}
		})
	}
}
