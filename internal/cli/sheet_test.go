package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSheet(t *testing.T) {
	t.Parallel()
	s := sheet{{"Hide", "yes"}, {"For guests", "a café that has  0123456789012345678901234567890 as its name"}, {"Empty", ""}}
	for _, test := range []struct {
		name   string
		screen screen
		want   string
	}{
		{"to a file", screen{}, `
Hide:        yes
For guests:  a café that has  0123456789012345678901234567890 as its name
Empty:       
`},
		{"on a terminal", screen{columns: 40}, `
Hide:        yes
For guests:  a café that has
             0123456789012345678901234567890
             as its name
Empty:       
`},
		{"on a narrow one", screen{columns: 10}, `
Hide:        yes
For guests:  a café that has
             0123456789012345678901234567890
             as its name
Empty:       
`},
		{"where it fits", screen{columns: 72}, `
Hide:        yes
For guests:  a café that has 0123456789012345678901234567890 as its name
Empty:       
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			if err := s.print(&out, test.screen); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want[1:], out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
